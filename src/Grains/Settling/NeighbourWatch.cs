using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Microsoft.Extensions.Hosting;

namespace Malten.Grains.Settling;

/// <summary>
/// Declares a silo dead as soon as its process has ended: each silo calls the two that follow it in the view five times a
/// second, and when a call does not get through and the host refuses connections, no more probes are needed. Silos that are
/// merely silent are left to Orleans' probes (Orleans documentation, "Cluster management").
/// </summary>
internal sealed class NeighbourWatch(
    ClusterView cluster, CopyClient silos, IClusterMembershipService membership, TimeProvider time) : BackgroundService
{
    private const int Neighbours = 2;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
    }

    private Task LookAsync(CancellationToken stopping)
    {
        var members = cluster.View.Members;
        var self = members.IndexOf(cluster.Self);
        return self < 0 ? Task.CompletedTask : Task.WhenAll(Enumerable.Range(1, Math.Min(Neighbours, members.Length - 1))
            .Select(step => LookAsync(members[(self + step) % members.Length], stopping)));
    }

    private async Task LookAsync(SiloAddress silo, CancellationToken stopping)
    {
        try
        {
            await silos.On(silo).Ping();
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            if (await silo.RefusesAsync(stopping) && cluster.IsActive(silo)) await BuryAsync(silo);
        }
    }

    private async Task BuryAsync(SiloAddress silo)
    {
        try
        {
            await membership.TryKill(silo);
        }
        catch (Exception) // of any kind, since the table may be anybody's: the next look tries again
        {
        }
    }
}
