namespace Malten.Gateway.Requests;

/// <summary>The methods with which a resource is read: whatever answers GET answers HEAD (RFC 9110, 9.3.2).</summary>
internal static class Reading
{
    public static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];
}
