namespace Malten.Gateway.Endpoints;

/// <summary>An answer that is encoded already.</summary>
internal sealed class EncodedJson(ReadOnlyMemory<byte> json) : IResult
{
    public const string ContentType = "application/json; charset=utf-8";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = ContentType;
        httpContext.Response.ContentLength = json.Length;
        return httpContext.Response.BodyWriter.WriteAsync(json, CancellationToken.None).AsTask(); // ends when the client goes
    }
}
