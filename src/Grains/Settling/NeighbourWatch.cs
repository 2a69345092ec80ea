using System.Collections.Concurrent;
using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Microsoft.Extensions.Hosting;

namespace Malten.Grains.Settling;

/// <summary>
/// Declares a silo dead as soon as its process has ended: five times a second each silo calls the two that follow it in the
/// view, and another one in turn. When calls do not get through and the host refuses connections twice in a row, no more
/// probes are needed. Silos that are merely silent are left to Orleans' probes (Orleans documentation, "Cluster
/// management"), unless they stay so: <see cref="Silences"/>.
/// </summary>
internal sealed class NeighbourWatch(
    ClusterView cluster, ICopyServices silos, IPortProbe ports, IClusterMembershipService membership, TimeProvider time) : BackgroundService
{
    private const int Neighbours = 2;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    // Those whose hosts refused connections at the last look, and whether they were declared dead for it.
    private readonly ConcurrentDictionary<SiloAddress, bool> _refusing = new();
    private readonly Silences _silences = new(time);
    private int _turn;

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
        foreach (var gone in _silences.Silent.Except(members)) _silences.End(gone, hasAnswered: false);
        if (self < 0) return Task.CompletedTask;
        SiloAddress[] others = [.. members[(self + 1)..], .. members[..self]];
        var watched = others.Take(Neighbours).Union(_silences.Silent);
        if (others.Length > Neighbours) watched = watched.Append(others[Neighbours + (_turn++ % (others.Length - Neighbours))]).Distinct();
        return Task.WhenAll(watched.ToList().Select(silo => LookAsync(silo, stopping)));
    }

    private async Task LookAsync(SiloAddress silo, CancellationToken stopping)
    {
        try
        {
            var answers = await AnswersAsync(silo);
            if (answers) _silences.End(silo, hasAnswered: true);
            if (answers || !await ports.RefusesAsync(silo, stopping)) _refusing.TryRemove(silo, out _);
            // Twice in a row: a single refusal may be a host that is short of something for an instant.
            else if (_refusing.TryAdd(silo, false)) return;
            else if (cluster.IsActive(silo) && _refusing.TryUpdate(silo, true, false)) await membership.TryKill(silo);
            if (!answers && _silences.IsTooLong(silo) && cluster.IsActive(silo)) await membership.TryKill(silo);
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
