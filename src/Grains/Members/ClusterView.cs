using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;

namespace Malten.Grains.Members;

/// <summary>
/// The members of the cluster as this silo sees them. Views of different silos may differ for a few seconds (Orleans
/// documentation, "Cluster management").
/// </summary>
internal sealed class ClusterView(ILocalSiloDetails self, IClusterMembershipService membership) : BackgroundService
{
    private readonly ConcurrentDictionary<SiloAddress, bool> _leaving = new();
    private Seen? _seen;
    private volatile bool _isBuried;

    /// <summary>Raised when silos have joined or left. Handlers must return quickly and not throw.</summary>
    public event Action? Changed;

    /// <summary>This silo.</summary>
    public SiloAddress Self => self.SiloAddress;

    /// <summary>Whether the other silos have declared this one dead: none of them accepts anything from it.</summary>
    public bool IsSelfDeclaredDead => _isBuried || membership.CurrentSnapshot.StatusOf(Self) == SiloStatus.Dead;

    /// <summary>The version of the membership table that is known here. It counts every silo that joins, leaves or dies.</summary>
    public long Version => membership.CurrentSnapshot.Version.Value;

    /// <summary>The silos that hold streams: those that are active and have not said that they leave.</summary>
    public View View => Look().View;

    /// <summary>All active silos, those that are about to leave included, in an order that is the same everywhere.</summary>
    public ImmutableArray<SiloAddress> Active => Look().Active;

    /// <summary>Whether a silo is active.</summary>
    public bool IsActive(SiloAddress silo) => membership.CurrentSnapshot.StatusOf(silo) == SiloStatus.Active;

    /// <summary>Whether a silo is active or stops in good order, and was not declared dead.</summary>
    public bool IsMember(SiloAddress silo) =>
        membership.CurrentSnapshot.StatusOf(silo) is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping;

    /// <summary>
    /// A silo says that it will leave: it goes on serving, but from now on the view is without it, so that what it holds
    /// moves to others while it is still there.
    /// </summary>
    /// <exception cref="OrleansException">The silo is not known here as one that has joined: it has to say so again.</exception>
    public void ReportLeaving(SiloAddress silo)
    {
        var status = membership.CurrentSnapshot.StatusOf(silo);
        if (status is SiloStatus.None or SiloStatus.Created or SiloStatus.Joining) throw new OrleansException("The silo is not known here yet.");
        if (status == SiloStatus.Active && _leaving.TryAdd(silo, true)) Changed?.Invoke();
    }

    /// <summary>
    /// A look at the membership table shows that this silo was declared dead. Orleans may take seconds longer to show it, where
    /// this silo reaches the table but not all of the others.
    /// </summary>
    public void ReportOwnDeath()
    {
        if (_isBuried) return;
        _isBuried = true;
        Changed?.Invoke();
    }

    /// <summary>Whether a silo has left or was declared dead.</summary>
    public bool IsDead(SiloAddress silo) => membership.CurrentSnapshot.StatusOf(silo) == SiloStatus.Dead;

    /// <summary>Returns when the members of this moment are known here. Fails when the membership table can't be read.</summary>
    public ValueTask RefreshAsync() => membership.Refresh();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
        {
            foreach (var silo in _leaving.Keys)
                if (!snapshot.Members.ContainsKey(silo))
                    _leaving.TryRemove(silo, out _);
            Changed?.Invoke();
        }
    }

    /// <summary>What the membership table shows; every stored batch asks for it.</summary>
    private Seen Look()
    {
        var (snapshot, leaving) = (membership.CurrentSnapshot, _leaving.Count);
        if (_seen is { } known && known.Snapshot == snapshot && known.Leaving == leaving) return known;
        var active = new View(snapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress));
        var view = leaving == 0 ? active : new View(active.Members.Where(silo => !_leaving.ContainsKey(silo)));
        // Many versions of the table show the same members: whoever compares views finds them the same.
        if (_seen is { } former && former.View.Id == view.Id) view = former.View;
        return _seen = new Seen(snapshot, leaving, view, active.Members);
    }

    private sealed record Seen(ClusterMembershipSnapshot Snapshot, int Leaving, View View, ImmutableArray<SiloAddress> Active);
}
