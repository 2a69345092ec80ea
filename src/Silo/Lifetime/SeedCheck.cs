using Malten.Silo.Clustering;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Malten.Silo.Lifetime;

/// <summary>
/// A seed that does not know the table yet is not ready: its silo may have joined through the others, but until it takes part
/// itself, none of them may be stopped. It learns the table from those through whom its silo joins, so this never waits for more.
/// </summary>
internal sealed class SeedCheck(SeedRegister seeds) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(seeds.TakesPart ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("a seed without memory"));
}
