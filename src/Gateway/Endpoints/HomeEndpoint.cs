using Microsoft.AspNetCore.Http.HttpResults;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/</c>: what this is, and how to begin.</summary>
internal static class HomeEndpoint
{
    public static void MapHome(this IEndpointRouteBuilder app) =>
        app.MapMethods("/", Reading.Methods, Home).ExcludeFromDescription();

    private static ContentHttpResult Home(HttpRequest request)
    {
        var here = $"{request.Scheme}://{request.Host}";
        return TypedResults.Text($"""
            Malten: anonymous messaging that forgets. Streams of text, held in memory only,
            gone 1024 seconds after the last message.

            Listen:  curl -N '{here}/events?stream=foo'
            Post:    curl -d stream=foo -d message=hello {here}/messages
            Read:    curl '{here}/messages?stream=foo'

            The whole API: {here}/openapi/v1.json

            """);
    }
}
