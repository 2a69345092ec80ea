using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using Malten.Grains.Members;

namespace Malten.Cluster.Tests.Members;

/// <summary>A membership that a test changes by hand, as the first of its silos sees it.</summary>
internal sealed class FakeMembership : IClusterMembershipService
{
    private readonly ConcurrentDictionary<SiloAddress, int> _asked = new();
    private long _version;

    public FakeMembership(params SiloAddress[] active)
    {
        Silo = new LocalSilo(active[0]);
        View = new ClusterView(Silo, this);
        Set([.. active.Select(silo => (silo, SiloStatus.Active))]);
    }

    public ILocalSiloDetails Silo { get; }

    public ClusterView View { get; }

    public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } = null!;

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

    /// <summary>A silo on loopback.</summary>
    public static SiloAddress SiloAt(int port) => SiloAddress.New(IPAddress.Loopback, port, 1);

    /// <summary>Writes the next version of the table.</summary>
    public void Set(params (SiloAddress Silo, SiloStatus Status)[] members) => CurrentSnapshot = new ClusterMembershipSnapshot(
        members.ToImmutableDictionary(member => member.Silo, member => new ClusterMember(member.Silo, member.Status, "")),
        new MembershipVersion(++_version));

    /// <summary>What changes when this silo looks at the table; null: nothing.</summary>
    public Action? Unseen { get; set; }

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default)
    {
        Unseen?.Invoke();
        return default;
    }

    /// <summary>Counts those that were to be declared dead. Like Orleans, it promises nothing.</summary>
    public Task<bool> TryKill(SiloAddress siloAddress)
    {
        _asked.AddOrUpdate(siloAddress, 1, (_, times) => times + 1);
        return Task.FromResult(true);
    }

    /// <summary>How often a silo was to be declared dead.</summary>
    public int Asked(SiloAddress silo) => _asked.GetValueOrDefault(silo);

    private sealed class LocalSilo(SiloAddress address) : ILocalSiloDetails
    {
        public string Name => "";

        public string ClusterId => "";

        public string DnsHostName => "";

        public SiloAddress SiloAddress => address;

        public SiloAddress GatewayAddress => address;
    }
}
