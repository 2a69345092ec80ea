using Microsoft.Extensions.Hosting;

namespace Malten.Grains.Members;

/// <summary>
/// The members of the cluster as this silo sees them. Views of different silos may differ for a few seconds (Orleans
/// documentation, "Cluster management").
/// </summary>
internal sealed class ClusterView(ILocalSiloDetails self, IClusterMembershipService membership) : BackgroundService
{
    private ActiveSilos? _active;

    /// <summary>Raised when silos have joined or left. Handlers must return quickly and not throw.</summary>
    public event Action? Changed;

    /// <summary>This silo.</summary>
    public SiloAddress Self => self.SiloAddress;

    /// <summary>Whether the other silos have declared this one dead: none of them accepts anything from it.</summary>
    public bool IsSelfDeclaredDead => membership.CurrentSnapshot.GetSiloStatus(Self) == SiloStatus.Dead;

    /// <summary>All active silos, and this one even while it is joining or leaving.</summary>
    public IReadOnlyList<SiloAddress> Active
    {
        get
        {
            var snapshot = membership.CurrentSnapshot;
            if (_active is { } known && known.Snapshot == snapshot) return known.Silos; // every stored batch asks for this
            _active = new ActiveSilos(snapshot, [.. snapshot.Members.Values
                .Where(member => member.Status == SiloStatus.Active || member.SiloAddress.Equals(Self))
                .Select(member => member.SiloAddress)]);
            return _active.Silos;
        }
    }

    /// <summary>Whether a silo is active.</summary>
    public bool IsActive(SiloAddress silo) => membership.CurrentSnapshot.GetSiloStatus(silo) == SiloStatus.Active;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(stoppingToken)) Changed?.Invoke();
    }

    private sealed record ActiveSilos(ClusterMembershipSnapshot Snapshot, SiloAddress[] Silos);
}
