using Malten.Membership;
using Malten.Membership.Registers;
using Malten.Membership.Table;

namespace Malten.Silo.Clustering;

/// <summary>Orleans' membership table, kept in the register (Orleans documentation, "Cluster management").</summary>
internal sealed class RegisterMembershipTable(SeedRegister seeds, IFatalErrorHandler fatal) : IMembershipTable, IDisposable
{
    private RegisterNode? _node;

    private MembershipTable Table => seeds.Node.Table;

    /// <summary>Waits until a majority of the seeds answers, however long that takes.</summary>
    public async Task InitializeMembershipTable(bool tryInitTableVersion)
    {
        await seeds.StartAsync();
        _node = seeds.Node;
        _node.Register.GenerationChanged += Rejoin;
    }

    /// <summary>The register of a seed outlives this silo.</summary>
    public void Dispose()
    {
        if (_node is not null) _node.Register.GenerationChanged -= Rejoin;
    }

    public async Task<MembershipTableData> ReadAll() => Data(await Table.ReadAllAsync());

    public async Task<MembershipTableData> ReadRow(SiloAddress key) => Data(await Table.ReadRowAsync(key.ToParsableString()));

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        Table.InsertRowAsync(MemberRows.Write(entry), tableVersion.VersionEtag);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        Table.UpdateRowAsync(MemberRows.Write(entry), etag, tableVersion.VersionEtag);

    public Task UpdateIAmAlive(MembershipEntry entry) =>
        Table.UpdateIAmAliveAsync(entry.SiloAddress.ToParsableString(), Utc(entry.IAmAliveTime));

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => Table.CleanUpAsync(beforeDate);

    public Task DeleteMembershipTableEntries(string clusterId) => Table.DeleteAsync();

    internal static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    // The table ends with its generation: this silo has lost its row and must join again.
    private void Rejoin(object? sender, GenerationChangedEventArgs changed) =>
        fatal.OnFatalException(this, "The seeds have lost the table.");

    private static MembershipTableData Data(MembershipSnapshot table) => new(
        [.. table.Rows.Select(tagged => Tuple.Create(MemberRows.Read(tagged.Row), tagged.Etag))],
        new TableVersion(table.Version, table.VersionEtag));
}
