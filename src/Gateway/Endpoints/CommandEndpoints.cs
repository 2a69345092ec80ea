using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Streams;
using Malten.Streams.Events;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/commands</c>: ask whoever listens and answers.</summary>
internal static class CommandEndpoints
{
    public static void MapCommands(this IEndpointRouteBuilder app) => app.MapPost("/commands", Post)
        .Describe("Commands", "Send a command",
            "It reaches the stream's listeners as an event; any of them may answer with a message.",
            Parameters.Stream, Parameters.Prompt, Parameters.Seat)
        .Produces<StreamEvent<CommandPayload>>()
        .Refuses(StatusCodes.Status403Forbidden)
        .RequireRateLimiting(ClientLimits.Posts);

    private static async Task<IResult> Post(HttpContext context, IStreamBroker broker)
    {
        var given = await RequestParameters.ReadAsync(context.Request);
        var sent = await broker.SendCommandAsync(
            given.Address(), given.Require(Parameters.Prompt), context.RequestAborted);
        return new EncodedJson(sent.Json);
    }
}
