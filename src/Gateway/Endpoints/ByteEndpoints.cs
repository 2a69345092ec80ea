using Malten.Gateway.Answers;
using Malten.Gateway.Bytes;
using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Gateway.Shutdown;
using Malten.Streams.Bytes;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/bytes</c>: a pipe's bytes, passed on and never held.</summary>
internal static class ByteEndpoints
{
    public static void MapBytes(this IEndpointRouteBuilder api)
    {
        var bytes = api.MapGroup("/bytes").WithTags("Pipes").Refuses(StatusCodes.Status403Forbidden)
            .RequireRateLimiting(ClientLimits.Listeners); // both ends stay as long as the other one takes
        bytes.MapGet("", Receive)
            .Describe("receiveBytes", "Receive bytes in a pipe",
                "What the other seat sends on the channel, as it comes, until it ends. Whoever receives later takes the place of whoever received before.");
        bytes.MapPost("", Send)
            .Describe("sendBytes", "Send bytes in a pipe",
                "The body, of any length, goes to the other seat as fast as that takes it. Answered when its connection has taken everything.")
            .WithMetadata(new BodyOfBytes())
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status408RequestTimeout, StatusCodes.Status409Conflict, StatusCodes.Status410Gone);
    }

    private static async Task<ByteStream> Receive(
        ReceiveBytes request, HttpContext context, ClientKeys clients, [FromServices] ByteRelay relay, Drain drain, CancellationToken cancellationToken)
    {
        if (drain.Begun.IsCancellationRequested) throw Stopping();
        return new ByteStream(await relay.ReceiveAsync(Counted(request.Channel, context, clients), cancellationToken), drain);
    }

    private static async Task<Ok<BytesTaken>> Send(
        SendBytes request, HttpContext context, ClientKeys clients, [FromServices] ByteRelay relay, Drain drain, CancellationToken cancellationToken)
    {
        LongBody.Allow(context);
        using var sending = ListeningConnection.Of(context); // counted as a listener, since it stays as long
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, drain.Begun);
        try
        {
            var channel = Counted(request.Channel, context, clients);
            return TypedResults.Ok(new BytesTaken(await RequestBody.ReadPieceAsync(
                () => relay.SendAsync(channel, context.Request.BodyReader, request.More, either.Token))));
        }
        catch (OperationCanceledException) when (drain.Begun.IsCancellationRequested)
        {
            throw Stopping();
        }
    }

    private static ByteChannel Counted(ByteChannel channel, HttpContext context, ClientKeys clients) => channel with
    {
        Client = clients.Of(context),
        RequestBytes = RequestText.BytesBeyondUsual(context.Request),
    };

    private static StreamRefusedException Stopping() => new(Refusal.Unavailable, "This node is stopping; connect again.");
}

/// <summary>What <c>GET /bytes</c> is given.</summary>
internal readonly record struct ReceiveBytes(ByteChannel Channel) : IRequest<ReceiveBytes>
{
    public static ValueTask<ReceiveBytes> BindAsync(HttpContext context) => RequestParameters.BindAsync<ReceiveBytes>(context);

    public static ReceiveBytes Read(RequestParameters given) => new(new ByteChannel(given.GetAddress(), given.Get(Parameters.Channel, 0)));
}

/// <summary>What <c>POST /bytes</c> is given: in the query alone, since the body is what is sent.</summary>
internal readonly record struct SendBytes(ByteChannel Channel, bool More) : IRequest<SendBytes>
{
    public static ValueTask<SendBytes> BindAsync(HttpContext context) =>
        ValueTask.FromResult(RequestParameters.ReadQuery<SendBytes>(context));

    public static SendBytes Read(RequestParameters given) =>
        new(new ByteChannel(given.GetAddress(), given.Get(Parameters.Channel, 0)), given.Get(Parameters.More, false));
}
