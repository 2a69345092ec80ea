namespace Malten.Gateway.Endpoints;

/// <summary>The methods of a path that is read: what answers GET answers HEAD (RFC 9110, 9.3.2).</summary>
internal static class Reading
{
    public static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];
}
