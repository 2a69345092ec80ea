using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Streams;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/streams</c>: begin a stream, list the public ones.</summary>
internal static class StreamEndpoints
{
    public static void MapStreams(this IEndpointRouteBuilder app)
    {
        app.MapPost("/streams", Create)
            .Describe("Streams", "Begin a stream",
                "A name in use is refused with 409. Without 'stream' the name is random.",
                Parameters.Stream, Parameters.Private, Parameters.Ttl)
            .Produces<StreamBegun>(StatusCodes.Status201Created)
            .Refuses(StatusCodes.Status409Conflict)
            .RequireRateLimiting(ClientLimits.Posts);
        app.MapMethods("/streams", Reading.Methods, List)
            .Describe("Streams", "List the public streams",
                "By name, the most recently used first.",
                Parameters.Limit, Parameters.Prefix)
            .Produces<Dictionary<string, StreamListing>>();
    }

    private static async Task<IResult> Create(HttpContext context, IStreamBroker broker)
    {
        var given = await RequestParameters.ReadAsync(context.Request);
        var settings = new StreamSettings(
            given.TryGet(Parameters.Stream, out var name) ? name : StreamName.Random(),
            given.Get(Parameters.Private, false), given.Get(Parameters.Ttl, TimeToLive.Default));
        await broker.CreateAsync(settings, context.RequestAborted);
        return TypedResults.Json(new StreamBegun(settings.Name.Value, settings.Private, settings.TimeToLive.Seconds),
            GatewayJson.Default.StreamBegun, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> List(HttpContext context, IStreamBroker broker)
    {
        var given = await RequestParameters.ReadAsync(context.Request);
        var listings = await broker.ListAsync(
            given.Get(Parameters.Prefix, ""), given.Get(Parameters.Limit, 1024), context.RequestAborted);
        return TypedResults.Json(new OrderedDictionary<string, StreamListing>(
            listings.Select(listing => KeyValuePair.Create(listing.Name, listing))), GatewayJson.Default.OrderedDictionaryStringStreamListing);
    }
}
