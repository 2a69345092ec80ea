using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Malten.Gateway.OpenApi;

/// <summary>Introduces the API: what it is, where it is served, what it asks of callers.</summary>
internal sealed class DocumentTransformer : IOpenApiDocumentTransformer
{
    private static readonly OpenApiTag[] Tags =
    [
        new() { Name = "Streams", Description = "Begin streams and list the public ones." },
        new() { Name = "Messages", Description = "Post messages and read pages of them." },
        new() { Name = "Events", Description = "Listen to streams as server-sent events." },
        new() { Name = "Presence", Description = "Read who is listening, and set a status." },
        new() { Name = "Signals", Description = "Say something to those who listen now, without its being held." },
        new() { Name = "Commands", Description = "Put prompts to whatever listens and answers." },
        new() { Name = "Pipes", Description = "Begin streams for exactly two parties, and pass bytes between them." },
        new() { Name = "Health", Description = "Probes for service managers and load balancers." },
    ];

    public Task TransformAsync(
        OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Malten",
            Version = typeof(DocumentTransformer).Assembly.GetName().Version?.ToString(3),
            Description = "Anonymous, ephemeral messaging: streams of text over HTTP and server-sent events, held in memory "
                + "only. Every endpoint reads its parameters alike from the query, a urlencoded form or a JSON object; where "
                + "both query and body give one, the body wins. Errors are problem details (RFC 9457).",
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new OpenApiServer { Url = "/" }]; // the host that served this document: behind a proxy the node can't know it
        document.Security = [[]]; // an empty requirement: anybody may call
        document.Tags = Tags.ToHashSet();
        return Task.CompletedTask;
    }
}
