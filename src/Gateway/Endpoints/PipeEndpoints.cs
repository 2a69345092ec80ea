using Malten.Gateway.Answers;
using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Streams;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/pipes</c>: a stream for two.</summary>
internal static class PipeEndpoints
{
    public static void MapPipes(this IEndpointRouteBuilder api) => api.MapGroup("/pipes").WithTags("Pipes")
        .MapPost("", Begin)
        .Describe("beginPipe", "Begin a stream for two",
            "Every use of it needs one of its two seats. Never listed.")
        .RequireRateLimiting(ClientLimits.Posts);

    private static async Task<Created<PipeBegun>> Begin(
        BeginPipe request, IStreamBroker broker, HttpContext context, ClientKeys clients, CancellationToken cancellationToken)
    {
        var pipe = await broker.CreatePipeAsync(request.TimeToLive, clients.Of(context), cancellationToken);
        return TypedResults.Created((string?)null, new PipeBegun(pipe.Name.Value, pipe.Seats, pipe.TimeToLive.Seconds));
    }
}

/// <summary>What <c>POST /pipes</c> is given.</summary>
internal readonly record struct BeginPipe(TimeToLive TimeToLive) : IRequest<BeginPipe>
{
    public static ValueTask<BeginPipe> BindAsync(HttpContext context) => RequestParameters.BindAsync<BeginPipe>(context);

    public static BeginPipe Read(RequestParameters given) => new(given.Get(Parameters.Ttl, TimeToLive.Default));
}
