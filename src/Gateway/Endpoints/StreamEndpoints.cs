using Malten.Gateway.Answers;
using Malten.Gateway.Limits;
using Malten.Gateway.Lists;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Streams;
using Malten.Streams.Life;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/streams</c>: begin a stream, list the public ones.</summary>
internal static class StreamEndpoints
{
    public static void MapStreams(this IEndpointRouteBuilder api)
    {
        var streams = api.MapGroup("/streams").WithTags("Streams");
        streams.MapPost("", Begin)
            .Describe("beginStream", "Begin a stream",
                "A name in use is refused with 409. Without 'stream' the name is random.")
            .Refuses(StatusCodes.Status409Conflict)
            .RequireRateLimiting(ClientLimits.Posts);
        streams.MapMethods("", Reading.Methods, List)
            .Describe("listStreams", "List the public streams", "By name, the most recently used first. The list may be a second old.");
    }

    private static async Task<Created<StreamBegun>> Begin(
        BeginStream request, IStreamBroker broker, StreamLists lists, HttpContext context, ClientKeys clients,
        CancellationToken cancellationToken)
    {
        var client = clients.Of(context);
        var settings = request.Settings with { Client = client };
        await broker.CreateAsync(settings, cancellationToken);
        if (!settings.Private) lists.Refresh(client);
        return TypedResults.Created((string?)null,
            new StreamBegun(settings.Name.Value, settings.Private, settings.TimeToLive.Seconds, settings.Keep.Messages));
    }

    private static async Task<StreamList> List(
        ListStreams request, StreamLists lists, HttpContext context, ClientKeys clients, CancellationToken cancellationToken) =>
        new((await lists.GetAsync(clients.Of(context), cancellationToken)).Find(request.Prefix, request.Limit));
}

/// <summary>What <c>POST /streams</c> is given.</summary>
internal readonly record struct BeginStream(StreamSettings Settings) : IRequest<BeginStream>
{
    public static ValueTask<BeginStream> BindAsync(HttpContext context) => RequestParameters.BindAsync<BeginStream>(context);

    public static BeginStream Read(RequestParameters given) => new(new StreamSettings(
        given.GetOptional(Parameters.Stream) ?? StreamName.Random(),
        given.Get(Parameters.Private, false), given.Get(Parameters.Ttl, TimeToLive.Default))
    {
        Keep = given.Get(Parameters.Keep, Retention.Default),
    });
}

/// <summary>What <c>GET /streams</c> is given.</summary>
internal readonly record struct ListStreams(string Prefix, int Limit) : IRequest<ListStreams>
{
    private const int DefaultLimit = 1024;

    public static ValueTask<ListStreams> BindAsync(HttpContext context) => RequestParameters.BindAsync<ListStreams>(context);

    public static ListStreams Read(RequestParameters given) =>
        new(given.Get(Parameters.Prefix, ""), given.Get(Parameters.Limit, DefaultLimit));
}
