using System.Collections.Immutable;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>The membership table: there for every silo that is not cut off, since a majority of the seeds is.</summary>
internal sealed class Table
{
    private ImmutableDictionary<SiloAddress, ClusterMember> _members = ImmutableDictionary<SiloAddress, ClusterMember>.Empty;

    public ClusterMembershipSnapshot Snapshot { get; private set; } =
        new(ImmutableDictionary<SiloAddress, ClusterMember>.Empty, new MembershipVersion(0));

    public void Set(SiloAddress silo, SiloStatus status)
    {
        if (Snapshot.GetSiloStatus(silo) == SiloStatus.Dead) return; // for good
        _members = _members.SetItem(silo, new ClusterMember(silo, status, ""));
        Snapshot = new ClusterMembershipSnapshot(_members, new MembershipVersion(Snapshot.Version.Value + 1));
    }
}
