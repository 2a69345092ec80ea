using Malten.Gateway.Events;
using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Gateway.Shutdown;
using Malten.Gateway.Telemetry;
using Malten.Streams;
using Malten.Streams.Values;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/events</c>: listen.</summary>
internal static class EventEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder api) => api.MapGroup("/events").WithTags("Events")
        .MapGet("", ListenAsync)
        .Describe("listen", "Listen",
            "Server-sent events of up to 32 streams. With 'last' or the header Last-Event-ID, the messages held after it come first.")
        .Refuses(StatusCodes.Status403Forbidden)
        .RequireRateLimiting(ClientLimits.Listeners);

    private static async Task<EventStream> ListenAsync(Listen request, IStreamBroker broker,
        TimeProvider time, GatewayMetrics metrics, Drain drain, HttpContext context, ClientKeys clients, CancellationToken cancellationToken)
    {
        if (drain.Begun.IsCancellationRequested)
            throw new StreamRefusedException(Refusal.Unavailable, "This node is stopping; connect again.");
        var reader = await broker.ListenAsync(request.Request with
        {
            Client = clients.Of(context),
            RequestBytes = RequestText.BytesBeyondUsual(context.Request),
        }, cancellationToken);
        return new EventStream(reader, time, metrics, drain);
    }
}

/// <summary>What <c>GET /events</c> is given.</summary>
internal readonly record struct Listen(ListenRequest Request) : IRequest<Listen>
{
    public static ValueTask<Listen> BindAsync(HttpContext context) => RequestParameters.BindAsync<Listen>(context);

    public static Listen Read(RequestParameters given)
    {
        var names = given.GetAll(Parameters.Stream);
        if (names.Count == 0) names = [StreamName.Default];
        if (names.Count > StreamLimits.StreamsPerListener)
            throw Bad(Parameters.Stream, $"One connection may listen to at most {StreamLimits.StreamsPerListener} streams.");
        if (names.Distinct().Count() != names.Count) throw Bad(Parameters.Stream, "A stream is named twice.");
        var seat = given.GetSeat();
        return new Listen(new ListenRequest
        {
            Streams = [.. names.Select(name => new StreamAddress(name, seat))],
            Last = ReadLast(given, names.Count),
            User = given.GetOptional(Parameters.User),
        });
    }

    private static Timestamp[]? ReadLast(RequestParameters given, int streams)
    {
        // EventSource reconnects to the address that it was given, 'last' included, so the header is the newer of the two.
        var last = given.GetHeader(Parameters.LastEventId, null) ?? given.Get(Parameters.Cursor, null);
        if (last is null || last.Length == streams) return last;
        return last.Length == 1
            ? [.. Enumerable.Repeat(last[0], streams)]
            : throw Bad(Parameters.Cursor, "'last' takes one timestamp for all streams, or one for each in their order.");
    }

    private static StreamRefusedException Bad(Parameter parameter, string detail) =>
        new(Refusal.BadValue, detail, parameter.Name);
}
