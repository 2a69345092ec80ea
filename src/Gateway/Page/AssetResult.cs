using Malten.Gateway.Answers;
using Microsoft.Net.Http.Headers;

namespace Malten.Gateway.Page;

/// <summary>Answers with an asset: compressed if the client accepts that, 304 if it has the asset already.</summary>
internal sealed class AssetResult(Asset asset, bool isImmutable) : IResult
{
    // The page may only load its own files and call this node, so nothing that a message contains can run.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types 'none'";

    private const string PermissionsPolicy =
        "microphone=(self), clipboard-write=(self), camera=(self), display-capture=(self), geolocation=(), "
        + "payment=(), usb=(), serial=(), hid=(), midi=(), browsing-topics=()";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var (bytes, encoding) = asset.For(httpContext.Request.GetTypedHeaders().AcceptEncoding);
        var response = httpContext.Response;
        if (asset.IsDocument)
        {
            response.Headers.ContentSecurityPolicy = asset.Policy ?? ContentSecurityPolicy;
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers["Permissions-Policy"] = PermissionsPolicy;
            response.Headers["Cross-Origin-Opener-Policy"] = "same-origin"; // whoever opened the page gets no hold of it
        }

        response.Headers.CacheControl = isImmutable ? "public, max-age=31536000, immutable" : "no-cache";
        response.Headers.Vary = isImmutable ? "Accept-Encoding" : "Accept, Accept-Encoding";
        var tag = new EntityTagHeaderValue($"\"{asset.Hash}{(encoding is null ? "" : $"-{encoding}")}\"");
        response.GetTypedHeaders().ETag = tag;
        if (httpContext.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)
            || known.Equals(EntityTagHeaderValue.Any)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        response.ContentType = asset.ContentType;
        response.ContentLength = bytes.Length;
        if (encoding is not null) response.Headers.ContentEncoding = encoding;
        return httpContext.Request.IsHead()
            ? Task.CompletedTask
            : PacedBody.Of(httpContext).WriteAsync(bytes);
    }
}
