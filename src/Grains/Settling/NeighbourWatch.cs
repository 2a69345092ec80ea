using System.Collections.Concurrent;
using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Microsoft.Extensions.Hosting;

namespace Malten.Grains.Settling;

/// <summary>
/// Declares a silo dead as soon as its process has ended: each silo calls the two that follow it in the view five times a
/// second, and when calls do not get through and the host refuses connections twice in a row, no more probes are needed. Silos that are
/// merely silent are left to Orleans' probes (Orleans documentation, "Cluster management").
/// </summary>
internal sealed class NeighbourWatch(
    ClusterView cluster, ICopyServices silos, IPortProbe ports, IClusterMembershipService membership, TimeProvider time) : BackgroundService
{
    private const int Neighbours = 2;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    // Those whose hosts refused connections at the last look, and whether they were declared dead for it.
    private readonly ConcurrentDictionary<SiloAddress, bool> _refusing = new();

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
            if (await AnswersAsync(silo) || !await ports.RefusesAsync(silo, stopping)) _refusing.TryRemove(silo, out _);
            // Twice in a row: a single refusal may be a host that is short of something for an instant.
            else if (_refusing.TryAdd(silo, false)) return;
            else if (cluster.IsActive(silo) && _refusing.TryUpdate(silo, true, false)) await membership.TryKill(silo);
        }
        catch (Exception) // of any kind, since the table may be anybody's: the next look tries again
        {
            _refusing.TryRemove(silo, out _);
        }
    }

    private async Task<bool> AnswersAsync(SiloAddress silo)
    {
        try
        {
            await silos.On(silo).Ping();
            return true;
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            return false;
        }
    }
}
