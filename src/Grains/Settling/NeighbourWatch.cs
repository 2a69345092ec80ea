using System.Collections.Concurrent;
using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Microsoft.Extensions.Hosting;

namespace Malten.Grains.Settling;

/// <summary>
/// Declares a silo dead as soon as its process has ended: every 0.3 s each silo calls the two that follow it in the view, and
/// another one in turn. When calls do not get through and the host refuses connections, again 0.1 s later, no more probes are
/// needed. Silos that are merely silent are left to Orleans' probes (Orleans documentation, "Cluster
/// management"), unless they stay so: <see cref="Silences"/>.
/// </summary>
internal sealed class NeighbourWatch(
    ClusterView cluster, ICopyServices silos, IPortProbe ports, IClusterMembershipService membership, TimeProvider time) : BackgroundService
{
    private const int Neighbours = 2;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan SecondLook = TimeSpan.FromMilliseconds(100); // after a first refusal

    // Those whose hosts refused connections at the last look.
    private readonly ConcurrentDictionary<SiloAddress, Refusing> _refusing = new();
    private readonly Silences _silences = new(time);
    private int _turn;

    /// <summary>Whether a member did not answer when it was asked last.</summary>
    public bool MissesAny => !_refusing.IsEmpty || _silences.Silent.Count > 0;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = Interval;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (pause > TimeSpan.Zero) await Task.Delay(pause, time, stoppingToken);
            var begun = time.GetTimestamp();
            await LookAsync(stoppingToken);
            var isDoubtful = !_refusing.IsEmpty && _refusing.Values.Any(refusing => !refusing.WasAsked);
            pause = (isDoubtful ? SecondLook : Interval) - time.GetElapsedTime(begun);
        }
    }

    private Task LookAsync(CancellationToken stopping)
    {
        var members = cluster.View.Members;
        var self = members.IndexOf(cluster.Self);
        foreach (var gone in _silences.Silent.Except(members)) _silences.End(gone, hasAnswered: false);
        foreach (var gone in _refusing.Keys.Except(members)) _refusing.TryRemove(gone, out _);
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
            else if (_refusing.TryAdd(silo, new Refusing())) return;
            else if (cluster.IsActive(silo) && _refusing[silo].MayAsk(time)) await membership.TryKill(silo);
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

    /// <summary>
    /// When a silo may be declared dead for its refusals. Orleans only notes who asks for that, and forgets it when any other
    /// change of the table comes first; so it is asked again, ever more rarely, since it keeps what it can't write.
    /// </summary>
    private sealed class Refusing
    {
        private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
        private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

        private long? _asked;
        private TimeSpan _pause = First;

        /// <summary>Whether it was asked for at all.</summary>
        public bool WasAsked => _asked is not null;

        /// <summary>Whether it is time to ask, which then counts as done.</summary>
        public bool MayAsk(TimeProvider time)
        {
            if (_asked is { } asked)
            {
                if (time.GetElapsedTime(asked) < _pause) return false;
                _pause = _pause * 2 < Longest ? _pause * 2 : Longest;
            }

            _asked = time.GetTimestamp();
            return true;
        }
    }
}
