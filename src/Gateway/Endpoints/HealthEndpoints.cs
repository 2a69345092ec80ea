using Malten.Streams.Values;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Malten.Gateway.Endpoints;

/// <summary><c>/healthz</c> and <c>/readyz</c>: for whatever starts, watches and balances nodes.</summary>
internal static class HealthEndpoints
{
    /// <summary>The tag of the checks that say whether a node is ready.</summary>
    public const string ReadyTag = "ready";

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapMethods("/healthz", Reading.Methods, Live)
            .WithTags("Health").WithSummary("Live").WithDescription("The process answers.")
            .Produces<Health>();
        app.MapMethods("/readyz", Reading.Methods, ReadyAsync)
            .WithTags("Health").WithSummary("Ready to serve").WithDescription("503 while the node starts or stops.")
            .Produces<Health>().ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static JsonHttpResult<Health> Live() => TypedResults.Json(new Health("live"), GatewayJson.Default.Health);

    private static async Task<JsonHttpResult<Health>> ReadyAsync(HealthCheckService checks, CancellationToken cancellationToken)
    {
        var report = await checks.CheckHealthAsync(check => check.Tags.Contains(ReadyTag), cancellationToken);
        return report.Status != HealthStatus.Unhealthy
            ? TypedResults.Json(new Health("ready"), GatewayJson.Default.Health)
            : throw new StreamRefusedException(Refusal.Unavailable, "This node is not ready to serve.");
    }
}
