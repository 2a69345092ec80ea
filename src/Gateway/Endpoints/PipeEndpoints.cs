using Malten.Gateway.Limits;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Streams;
using Malten.Streams.Values;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/pipes</c>: a stream for two.</summary>
internal static class PipeEndpoints
{
    public static void MapPipes(this IEndpointRouteBuilder app) => app.MapPost("/pipes", Create)
        .Describe("Pipes", "Begin a stream for two",
            "Every use of it needs one of the two seats. Never listed.",
            Parameters.Ttl)
        .Produces<PipeBegun>(StatusCodes.Status201Created)
        .RequireRateLimiting(ClientLimits.Posts);

    private static async Task<IResult> Create(HttpContext context, IStreamBroker broker)
    {
        var given = await RequestParameters.ReadAsync(context.Request);
        var pipe = await broker.CreatePipeAsync(given.Get(Parameters.Ttl, TimeToLive.Default), context.RequestAborted);
        return TypedResults.Json(new PipeBegun(pipe.Name.Value, pipe.Seats, pipe.TimeToLive.Seconds),
            GatewayJson.Default.PipeBegun, statusCode: StatusCodes.Status201Created);
    }
}
