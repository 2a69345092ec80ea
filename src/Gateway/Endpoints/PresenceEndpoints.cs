using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Streams;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/presence</c>: who listens, and what they are doing.</summary>
internal static class PresenceEndpoints
{
    public static void MapPresence(this IEndpointRouteBuilder app)
    {
        app.MapMethods("/presence", Reading.Methods, Read)
            .Describe("Presence", "Who listens",
                "An observer is an open connection to /events.",
                Parameters.Stream, Parameters.Seat)
            .Produces<Presence>()
            .Refuses(StatusCodes.Status403Forbidden);
        app.MapPost("/presence", Change)
            .Describe("Presence", "Change your status",
                "For the user of the open connection whose session this is.",
                Parameters.Session, Parameters.Status)
            .Produces(StatusCodes.Status204NoContent)
            .Refuses(StatusCodes.Status403Forbidden)
            .RequireRateLimiting(ClientLimits.Posts);
    }

    private static async Task<IResult> Read(HttpContext context, IStreamBroker broker)
    {
        var given = await RequestParameters.ReadAsync(context.Request);
        return TypedResults.Json(
            await broker.GetPresenceAsync(given.Address(), context.RequestAborted), GatewayJson.Default.Presence);
    }

    private static async Task<IResult> Change(HttpContext context, IStreamBroker broker)
    {
        var given = await RequestParameters.ReadAsync(context.Request);
        var (session, status) = (given.Require(Parameters.Session), given.Require(Parameters.Status));
        return await broker.SetStatusAsync(session, status, context.RequestAborted)
            ? TypedResults.NoContent()
            : throw new StreamRefusedException(Refusal.NotYours, "No connection with this session is open.", "session");
    }
}
