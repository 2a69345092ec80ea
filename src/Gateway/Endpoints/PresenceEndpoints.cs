using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Streams;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/presence</c>: the listeners of a stream, and their statuses.</summary>
internal static class PresenceEndpoints
{
    public static void MapPresence(this IEndpointRouteBuilder api)
    {
        var presence = api.MapGroup("/presence").WithTags("Presence").Refuses(StatusCodes.Status403Forbidden);
        presence.MapMethods("", Reading.Methods, Read)
            .Describe("readPresence", "Read who is listening", "An observer is an open connection to /events.");
        presence.MapPost("", Change)
            .Describe("changeStatus", "Change your status",
                "Changes the status of the user of the open connection that has this session.")
            .RequireRateLimiting(ClientLimits.Posts);
    }

    private static async Task<Ok<Presence>> Read(
        ReadPresence request, IStreamBroker broker, CancellationToken cancellationToken) =>
        TypedResults.Ok(await broker.GetPresenceAsync(request.Address, cancellationToken));

    private static async Task<NoContent> Change(
        ChangeStatus request, IStreamBroker broker, CancellationToken cancellationToken) =>
        await broker.SetStatusAsync(request.Session, request.Status, cancellationToken)
            ? TypedResults.NoContent()
            : throw new StreamRefusedException(Refusal.NotYours, "No connection with this session is open.", Parameters.Session.Name);
}

/// <summary>What <c>GET /presence</c> is given.</summary>
internal readonly record struct ReadPresence(StreamAddress Address) : IRequest<ReadPresence>
{
    public static ValueTask<ReadPresence> BindAsync(HttpContext context) => RequestParameters.BindAsync<ReadPresence>(context);

    public static ReadPresence Read(RequestParameters given) => new(given.GetAddress());
}

/// <summary>What <c>POST /presence</c> is given.</summary>
internal readonly record struct ChangeStatus(string Session, PresenceStatus Status) : IRequest<ChangeStatus>
{
    public static ValueTask<ChangeStatus> BindAsync(HttpContext context) => RequestParameters.BindAsync<ChangeStatus>(context);

    public static ChangeStatus Read(RequestParameters given) =>
        new(given.Require(Parameters.Session), given.Require(Parameters.Status));
}
