using System.Runtime.CompilerServices;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>The membership table as one silo sees it: what it was told last, which may be old.</summary>
internal sealed class NodeMembership(Node node, World world) : IClusterMembershipService, IMembershipTable, ILocalSiloDetails
{
    private TaskCompletionSource _told = new();

    public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } = world.Table.Snapshot;

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => UpdatesAsync();

    public SiloAddress SiloAddress => node.Address;

    public string Name => "";

    public string ClusterId => "";

    public string DnsHostName => "";

    public SiloAddress GatewayAddress => node.Address;

    public void Tell(ClusterMembershipSnapshot snapshot)
    {
        if (snapshot.Version.Value <= CurrentSnapshot.Version.Value) return;
        CurrentSnapshot = snapshot;
        node.Network.FailCallsToDead(node);
        var told = _told;
        _told = new TaskCompletionSource();
        told.SetResult();
    }

    /// <summary>The look at the table by which a silo renews its lease; without an answer while the silo is cut off.</summary>
    public Task<MembershipTableData> ReadRow(SiloAddress key) => node.Network.AskAsync(node, () =>
    {
        var entry = new MembershipEntry { SiloAddress = key, Status = world.Table.Snapshot.GetSiloStatus(key), SiloName = "" };
        return new MembershipTableData(Tuple.Create(entry, ""), new TableVersion(1, ""));
    });

    public async ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) =>
        Tell(await node.Network.AskAsync(node, () => world.Table.Snapshot));

    public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();

    public Task InitializeMembershipTable(bool tryInitTableVersion) => throw new NotSupportedException();

    public Task DeleteMembershipTableEntries(string clusterId) => throw new NotSupportedException();

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => throw new NotSupportedException();

    public Task<MembershipTableData> ReadAll() => throw new NotSupportedException();

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => throw new NotSupportedException();

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => throw new NotSupportedException();

    public Task UpdateIAmAlive(MembershipEntry entry) => throw new NotSupportedException();

    private async IAsyncEnumerable<ClusterMembershipSnapshot> UpdatesAsync([EnumeratorCancellation] CancellationToken stop = default)
    {
        ClusterMembershipSnapshot? seen = null;
        while (!stop.IsCancellationRequested)
        {
            while (CurrentSnapshot != seen) yield return seen = CurrentSnapshot;
            await _told.Task;
        }
    }
}
