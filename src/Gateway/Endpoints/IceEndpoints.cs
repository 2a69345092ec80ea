using Malten.Gateway.Answers;
using Malten.Gateway.Calls;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Streams;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/ice</c>: how the two in a pipe may reach each other.</summary>
internal static class IceEndpoints
{
    public static void MapIce(this IEndpointRouteBuilder api) => api.MapGroup("/ice").WithTags("Pipes")
        .MapMethods("", Reading.Methods, Read)
        .Describe("readIceServers", "Read which servers help with a call",
            "The STUN and TURN servers that the operator configured, as RTCPeerConnection takes them, with credentials that last an hour. "
            + "Empty when nothing is configured.")
        .Refuses(StatusCodes.Status403Forbidden);

    private static async Task<Ok<IceServers>> Read(
        ReadIce request, IStreamBroker broker, [FromServices] TurnCredentials credentials, CancellationToken cancellationToken)
    {
        if (request.Address.Seat is not { } seat) throw Seats.Refused();
        await broker.GetPresenceAsync(request.Address, cancellationToken); // refuses whoever does not hold a seat of the pipe
        return TypedResults.Ok(new IceServers([.. credentials.For(seat)]));
    }
}

/// <summary>What <c>GET /ice</c> is given.</summary>
internal readonly record struct ReadIce(StreamAddress Address) : IRequest<ReadIce>
{
    public static ValueTask<ReadIce> BindAsync(HttpContext context) => RequestParameters.BindAsync<ReadIce>(context);

    public static ReadIce Read(RequestParameters given) => new(given.GetAddress());
}
