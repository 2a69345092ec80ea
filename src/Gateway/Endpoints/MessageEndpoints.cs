using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Gateway.Telemetry;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Values;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/messages</c>: post one, read a page.</summary>
internal static class MessageEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder app)
    {
        app.MapPost("/messages", Post)
            .Describe("Messages", "Post a message",
                "Answers with the message as stored. A text that begins with '/malten ' is also a command.",
                Parameters.Stream, Parameters.Message, Parameters.User, Parameters.Id, Parameters.Seat)
            .Produces<Message>()
            .Refuses(StatusCodes.Status403Forbidden)
            .RequireRateLimiting(ClientLimits.Posts);
        app.MapMethods("/messages", Reading.Methods, Read)
            .Describe("Messages", "Read messages",
                "Without 'last' the newest; with it, what comes after it (direction 1) or before it (-1).",
                Parameters.Stream, Parameters.Limit, Parameters.Direction, Parameters.Last, Parameters.Seat)
            .Produces<Message[]>()
            .Refuses(StatusCodes.Status403Forbidden);
    }

    private static async Task<IResult> Post(HttpContext context, IStreamBroker broker, GatewayMetrics metrics)
    {
        var given = await RequestParameters.ReadAsync(context.Request);
        var message = await broker.AppendAsync(new Draft
        {
            Address = given.Address(),
            Text = given.Require(Parameters.Message),
            User = given.TryGet(Parameters.User, out var user) ? user : null,
            Id = given.TryGet(Parameters.Id, out var id) ? id : null,
        }, CancellationToken.None); // it came in whole: stored it is, whether or not the client waits for the answer
        metrics.Posted();
        return new EncodedJson(message.Payload);
    }

    private static async Task<IResult> Read(HttpContext context, IStreamBroker broker)
    {
        var given = await RequestParameters.ReadAsync(context.Request);
        return new EncodedPage(await broker.ReadAsync(new PageRequest(
            given.Address(), given.Get(Parameters.Limit, 25), given.Get(Parameters.Direction, PageDirection.Forward),
            given.Get(Parameters.Last, Timestamp.None)), context.RequestAborted));
    }
}
