using Microsoft.Extensions.Hosting;

namespace Malten.Grains.Members;

/// <summary>
/// The members of the cluster as this silo sees them. Views of different silos may differ for a few seconds (Orleans
/// documentation, "Cluster management").
/// </summary>
internal sealed class ClusterView(ILocalSiloDetails self, IClusterMembershipService membership) : BackgroundService
{
    private Seen? _seen;

    /// <summary>Raised when silos have joined or left. Handlers must return quickly and not throw.</summary>
    public event Action? Changed;

    /// <summary>This silo.</summary>
    public SiloAddress Self => self.SiloAddress;

    /// <summary>Whether the other silos have declared this one dead: none of them accepts anything from it.</summary>
    public bool IsSelfDeclaredDead => membership.CurrentSnapshot.GetSiloStatus(Self) == SiloStatus.Dead;

    /// <summary>The silos that hold streams: those that are active.</summary>
    public View View
    {
        get
        {
            var snapshot = membership.CurrentSnapshot;
            if (_seen is { } known && known.Snapshot == snapshot) return known.View; // every stored batch asks for this
            var view = new View(snapshot.Members.Values
                .Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress));
            // Many versions of the table show the same members: whoever compares views finds them the same.
            if (_seen is { } former && former.View.Id == view.Id) view = former.View;
            _seen = new Seen(snapshot, view);
            return view;
        }
    }

    /// <summary>Whether a silo is active.</summary>
    public bool IsActive(SiloAddress silo) => membership.CurrentSnapshot.GetSiloStatus(silo) == SiloStatus.Active;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(stoppingToken)) Changed?.Invoke();
    }

    private sealed record Seen(ClusterMembershipSnapshot Snapshot, View View);
}
