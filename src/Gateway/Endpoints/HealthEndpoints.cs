using Malten.Gateway.Answers;
using Malten.Gateway.OpenApi;
using Malten.Gateway.Requests;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/healthz</c> and <c>/readyz</c>: for whatever starts, monitors and balances nodes.</summary>
internal static class HealthEndpoints
{
    /// <summary>The tag of the checks that decide whether a node is ready.</summary>
    public const string ReadyTag = "ready";

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("").WithTags("Health").Refuses(StatusCodes.Status400BadRequest, StatusCodes.Status429TooManyRequests);
        health.MapMethods("/healthz", Reading.Methods, Live)
            .Describe("live", "Liveness", "Answers as long as the process runs.");
        health.MapMethods("/readyz", Reading.Methods, Ready)
            .Describe("ready", "Readiness", "503 while the node starts or stops, or, in a cluster, while it can't know whether others go on without it.")
            .Refuses(StatusCodes.Status503ServiceUnavailable);
    }

    private static Ok<Health> Live() => TypedResults.Ok(new Health("live"));

    private static async Task<Ok<Health>> Ready(HealthCheckService checks, CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(check => check.Tags.Contains(ReadyTag), cancellationToken);
        return report.Status != HealthStatus.Unhealthy
            ? TypedResults.Ok(new Health("ready"))
            : throw new StreamRefusedException(Refusal.Unavailable, "This node is not ready to serve.");
    }
}
