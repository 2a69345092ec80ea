using Malten.Grains.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Malten.Silo.Lifetime;

/// <summary>A silo that does not know itself a member of the cluster is not ready: it refuses whatever it is asked.</summary>
internal sealed class MemberCheck(SiloMembership member) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(member.IsMember ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("no member"));
}
