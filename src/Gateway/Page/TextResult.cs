namespace Malten.Gateway.Page;

/// <summary>Plain text at an address that answers browsers differently.</summary>
internal sealed class TextResult(string text) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.Vary = "Accept";
        return TypedResults.Text(text).ExecuteAsync(httpContext);
    }
}
