using Malten.Grains.Interfaces;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime.Services;

namespace Malten.Grains.Replicas;

/// <summary>The silos of the cluster as this one sees them, and the way to what each does for the others.</summary>
internal sealed class Peers(
    IServiceProvider services, ILocalSiloDetails self, IClusterMembershipService membership, IHostApplicationLifetime lifetime)
    : GrainServiceClient<ISiloService>(services)
{
    private ActiveSilos? _active;

    /// <summary>Silos have come or gone.</summary>
    public event Action? Changed;

    /// <summary>This silo.</summary>
    public SiloAddress Self => self.SiloAddress;

    /// <summary>Whether the others have declared this silo dead: nobody takes anything from it any more.</summary>
    public bool IsSelfBuried => membership.CurrentSnapshot.GetSiloStatus(Self) == SiloStatus.Dead;

    /// <summary>All silos that are active, this one among them.</summary>
    public IReadOnlyList<SiloAddress> Active
    {
        get
        {
            var snapshot = membership.CurrentSnapshot;
            if (_active is { } known && known.Snapshot == snapshot) return known.Silos; // every batch of messages asks
            _active = new ActiveSilos(snapshot, [.. snapshot.Members.Values
                .Where(member => member.Status == SiloStatus.Active || member.SiloAddress.Equals(Self))
                .Select(member => member.SiloAddress)]);
            return _active.Silos;
        }
    }

    public bool IsActive(SiloAddress silo) => membership.CurrentSnapshot.GetSiloStatus(silo) == SiloStatus.Active;

    /// <summary>What that silo does for others.</summary>
    public ISiloService On(SiloAddress silo) => GetGrainService(silo);

    /// <summary>Tells of changes, until the host stops.</summary>
    public async Task WatchAsync()
    {
        try
        {
            await foreach (var _ in membership.MembershipUpdates.WithCancellation(lifetime.ApplicationStopping)) Changed?.Invoke();
        }
        catch (OperationCanceledException)
        {
            // the host stops
        }
    }

    private sealed record ActiveSilos(ClusterMembershipSnapshot Snapshot, SiloAddress[] Silos);
}
