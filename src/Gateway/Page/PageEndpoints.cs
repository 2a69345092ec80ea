using Malten.Gateway.Requests;

namespace Malten.Gateway.Page;

/// <summary>
/// <c>/</c>: the web page for browsers, a few lines of text for other clients; and the files of the page. They are embedded
/// in the assembly, so the working directory does not matter.
/// </summary>
internal static class PageEndpoints
{
    // Read on first use: a node that only serves the API spends nothing on it.
    private static readonly Lazy<PageAssets> Shared = new(() => new PageAssets(typeof(PageEndpoints).Assembly));

    public static void MapPage(this IEndpointRouteBuilder app)
    {
        app.MapMethods("/", Reading.Methods, IResult (HttpRequest request) =>
            PrefersHtml(request) ? new AssetResult(Shared.Value.Index, isImmutable: false) : Greet(request)).ExcludeFromDescription();
        app.MapMethods("/malten.html", Reading.Methods, () => new AssetResult(Shared.Value.Single, isImmutable: false)).ExcludeFromDescription();
        app.MapMethods("/malten.html.sha256", Reading.Methods, () => new AssetResult(Shared.Value.SingleSum, isImmutable: false)).ExcludeFromDescription();
        // The version is in the path, so that modules find each other by relative address and may be cached for ever. While
        // nodes of two versions serve one site, a page may ask for the other version: it gets this one, uncached.
        app.MapMethods("/page/{version}/{**path}", Reading.Methods, IResult (string version, string path) =>
            Shared.Value.Find(path) is { } asset
                ? new AssetResult(asset, isImmutable: version == Shared.Value.Version)
                : TypedResults.NotFound()).ExcludeFromDescription();
    }

    private static bool PrefersHtml(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(type => type.MediaType == "text/html" && type.Quality is not 0);

    private static GreetingResult Greet(HttpRequest request)
    {
        var here = $"{request.Scheme}://{request.Host}{request.PathBase}";
        return new GreetingResult($"""
            Malten: anonymous messaging that forgets. Streams of text, held in memory only,
            gone 1024 seconds after the last message.

            Listen:  curl -N '{here}/events?stream=foo'
            Post:    curl -d stream=foo -d message=hello {here}/messages
            Read:    curl '{here}/messages?stream=foo'

            The whole API: {here}/openapi/v1.json
            A browser gets a page here.

            """);
    }

    /// <summary>Plain text, marked as differing by the Accept header.</summary>
    private sealed class GreetingResult(string text) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.Vary = "Accept";
            return TypedResults.Text(text).ExecuteAsync(httpContext);
        }
    }
}
