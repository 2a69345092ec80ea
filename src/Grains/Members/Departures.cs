using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace Malten.Grains.Members;

/// <summary>
/// The silos that were declared dead a moment ago. One that still runs, cut off, may believe itself a member until its
/// <see cref="Lease"/> has run out; nobody goes on in its place before, unless its end is certain. A silo that is joining
/// can't know since when those are dead that it has never seen alive, so it counts from its own first look, and joins only then:
/// streams move to it as soon as it has joined, and posts to them would wait.
/// </summary>
internal sealed class Departures(IClusterMembershipService membership, IPortProbe ports, TimeProvider time)
    : BackgroundService, ILifecycleParticipant<ISiloLifecycle>
{
    // Its last look that showed it as a member began before it was declared dead, and so before this silo heard of that.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<SiloAddress, bool> _doubtful = new();
    private ClusterMembershipSnapshot? _known;

    /// <summary>Returns when no silo that was declared dead can believe itself a member any more.</summary>
    public async Task UntilCertainAsync(CancellationToken cancellationToken)
    {
        Note();
        while (!_doubtful.IsEmpty) await Task.Delay(Pause, time, cancellationToken);
    }

    /// <summary>Waits while the silo is joining: it has read the table by then, and others move nothing to it yet.</summary>
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(Departures), ServiceLifecycleStage.ValidateInitialConnectivity, UntilCertainAsync);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(stoppingToken)) Note();
    }

    /// <summary>Notes who was not dead when this silo looked last, and is now.</summary>
    private void Note()
    {
        var snapshot = membership.CurrentSnapshot;
        var known = Interlocked.Exchange(ref _known, snapshot);
        if (known == snapshot) return;
        foreach (var silo in known?.Members.Keys.Union(snapshot.Members.Keys) ?? snapshot.Members.Keys)
            if (snapshot.StatusOf(silo) == SiloStatus.Dead && known?.StatusOf(silo) != SiloStatus.Dead && _doubtful.TryAdd(silo, true))
                _ = UntilCertainAsync(silo);
    }

    private async Task UntilCertainAsync(SiloAddress silo)
    {
        var heard = time.GetTimestamp();
        try
        {
            while (time.GetElapsedTime(heard) < Lease.Length + Margin && !membership.CurrentSnapshot.IsSucceeded(silo)
                && !await ports.RefusesAsync(silo, CancellationToken.None))
                await Task.Delay(Pause, time);
        }
        finally
        {
            _doubtful.TryRemove(silo, out _);
        }
    }
}
