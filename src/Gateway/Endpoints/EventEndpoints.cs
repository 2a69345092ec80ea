using Malten.Gateway.Events;
using Malten.Gateway.Hosting;
using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Gateway.Telemetry;
using Malten.Streams;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/events</c>: listen.</summary>
internal static class EventEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder app) => app.MapGet("/events", Listen)
        .Describe("Events", "Listen",
            "Server-sent events of up to 32 streams. With 'last' or the header Last-Event-ID, first what is held after it.",
            Parameters.Streams, Parameters.Cursor, Parameters.LastEventId, Parameters.User, Parameters.Seat)
        .Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
        .Refuses(StatusCodes.Status403Forbidden)
        .RequireRateLimiting(ClientLimits.Listeners);

    private static async Task Listen(
        HttpContext context, IStreamBroker broker, TimeProvider time, GatewayMetrics metrics, Drain drain)
    {
        var request = ReadRequest(context.Request, await RequestParameters.ReadAsync(context.Request));
        if (drain.Begun.IsCancellationRequested)
            throw new StreamRefusedException(Refusal.Unavailable, "This node is stopping; connect again.");
        await using var reader = await broker.ListenAsync(request, context.RequestAborted);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold events back
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        // A listener that takes nothing has its own limit; the server's would be measured against an idle stream.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        using var events = new EventStream(context, reader, time, metrics, drain);
        await events.RunAsync();
    }

    private static ListenRequest ReadRequest(HttpRequest request, RequestParameters given)
    {
        var names = given.All(Parameters.Streams);
        if (names.Count == 0) names = [StreamName.Default];
        if (names.Count > StreamLimits.StreamsPerListener)
            throw new StreamRefusedException(Refusal.BadValue,
                $"One connection hears at most {StreamLimits.StreamsPerListener} streams.", Parameters.Stream.Name);
        if (names.Distinct().Count() != names.Count)
            throw new StreamRefusedException(Refusal.BadValue, "A stream is named twice.", Parameters.Stream.Name);
        return new ListenRequest
        {
            Streams = [.. names.Select(name => new StreamAddress(name, given.Seat()))],
            Last = ReadLast(request, given, names.Count),
            User = given.TryGet(Parameters.User, out var user) ? user : null,
        };
    }

    private static Timestamp[]? ReadLast(HttpRequest request, RequestParameters given, int streams)
    {
        // EventSource repeats the address it was given with every reconnection, so the header is the newer of the two.
        var header = request.Headers[Parameters.LastEventId.Name].ToString();
        Timestamp[]? last = header.Length > 0 ? Parameters.LastEventId.Read(header, Parameters.LastEventId.Name)
            : given.TryGet(Parameters.Cursor, out var parameter) ? parameter
            : null;
        if (last is null || last.Length == streams) return last;
        return last.Length == 1
            ? [.. Enumerable.Repeat(last[0], streams)]
            : throw new StreamRefusedException(Refusal.BadValue,
            "'last' has one timestamp for each stream, in their order, or one for all.", Parameters.Cursor.Name);
    }
}
