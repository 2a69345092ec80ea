using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Streams;
using Malten.Streams.Events;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/signals</c>: say something to those who listen now.</summary>
internal static class SignalEndpoints
{
    public static void MapSignals(this IEndpointRouteBuilder api) => api.MapGroup("/signals").WithTags("Signals")
        .MapPost("", Send)
        .Describe("sendSignal", "Say something to those who listen now",
            "One or all of the stream's listeners receive it as an event, once or not at all; it is never held.")
        .Refuses(StatusCodes.Status403Forbidden, StatusCodes.Status404NotFound)
        .RequireRateLimiting(ClientLimits.Posts);

    private static async Task<Accepted> Send(
        SendSignal request, HttpContext context, ClientKeys clients, SignalPace pace, IStreamBroker broker,
        CancellationToken cancellationToken)
    {
        var signal = request.Signal with { Client = clients.Of(context) };
        pace.Take(signal with { Client = clients.WithNetwork(context) });
        await broker.SignalAsync(signal, cancellationToken);
        return TypedResults.Accepted((string?)null);
    }
}

/// <summary>What <c>POST /signals</c> is given.</summary>
internal readonly record struct SendSignal(Signal Signal) : IRequest<SendSignal>
{
    public static ValueTask<SendSignal> BindAsync(HttpContext context) => RequestParameters.BindAsync<SendSignal>(context);

    public static SendSignal Read(RequestParameters given) => new(new Signal
    {
        Session = given.Require(Parameters.Session), Address = given.GetAddress(), Text = given.Require(Parameters.Message),
        To = given.Get(Parameters.To, null),
    });
}
