using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Malten.Gateway.OpenApi;

/// <summary>Says what the API is.</summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    public Task TransformAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Malten",
            Version = typeof(DocumentTransformer).Assembly.GetName().Version?.ToString(3),
            Description = "Anonymous messaging that forgets: streams of text over HTTP and server-sent events, held in "
                + "memory only. Parameters are read from the query, a urlencoded form or a JSON object alike; the body wins. "
                + "Errors are problem details (RFC 9457).",
        };
        document.Servers = null; // wherever this document was found: behind a proxy the server does not know
        return Task.CompletedTask;
    }
}
