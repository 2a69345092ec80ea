using Malten.Membership;
using Malten.Membership.Registers;
using Malten.Membership.Table;

namespace Malten.Silo.Clustering;

/// <summary>
/// Orleans' membership table, kept in the register (Orleans documentation, "Cluster management"). Once the seeds have lost it,
/// it stays as it was, with this silo dead in it: so the silo stops at once, as after any other burial, instead of signing off
/// in vain. In the next table it would be a stranger, and the next silo of this process joins that.
/// </summary>
internal sealed class RegisterMembershipTable(SeedRegister seeds, ILocalSiloDetails self, IFatalErrorHandler fatal) : IMembershipTable, IDisposable
{
    // Orleans may know a later table than was read last: of its own writes, and of what others have told it.
    private const int Later = 1000;

    private RegisterNode? _node;
    private volatile MembershipSnapshot? _last;
    private volatile bool _isLost;

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

    public async Task<MembershipTableData> ReadAll() => _isLost ? Lost() : Data(_last = await Table.ReadAllAsync());

    public async Task<MembershipTableData> ReadRow(SiloAddress key)
    {
        if (_isLost) return Lost();
        var (all, address) = (_last = await Table.ReadAllAsync(), key.ToParsableString());
        return Data(all with { Rows = [.. all.Rows.Where(tagged => tagged.Row.Address == address)] });
    }

    public async Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) =>
        !_isLost && await Table.InsertRowAsync(MemberRows.Write(entry), tableVersion.VersionEtag);

    public async Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => _isLost
        ? entry.Status == SiloStatus.Dead // signed off, which there is no need to write down
        : await Table.UpdateRowAsync(MemberRows.Write(entry), etag, tableVersion.VersionEtag);

    public Task UpdateIAmAlive(MembershipEntry entry) => _isLost
        ? Task.CompletedTask
        : Table.UpdateIAmAliveAsync(entry.SiloAddress.ToParsableString(), Utc(entry.IAmAliveTime));

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => _isLost ? Task.CompletedTask : Table.CleanUpAsync(beforeDate);

    public Task DeleteMembershipTableEntries(string clusterId) => Table.DeleteAsync();

    internal static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));

    // The table ends with its generation: this silo has lost its row and must join again.
    private void Rejoin(object? sender, GenerationChangedEventArgs changed)
    {
        _isLost = true;
        fatal.OnFatalException(this, "The seeds have lost the table.");
    }

    /// <summary>The last table, with this silo dead in it; a later version, or Orleans would not look at it.</summary>
    private MembershipTableData Lost()
    {
        var last = _last is { } known ? Data(known) : new MembershipTableData(new TableVersion(0, ""));
        var own = last.TryGet(self.SiloAddress)?.Item1 ?? new MembershipEntry { SiloAddress = self.SiloAddress, SiloName = self.Name };
        own.Status = SiloStatus.Dead;
        return new MembershipTableData(
            [.. last.Members.Where(member => !member.Item1.SiloAddress.Equals(self.SiloAddress)), Tuple.Create(own, "")],
            new TableVersion(last.Version.Version + Later, last.Version.VersionEtag));
    }

    private static MembershipTableData Data(MembershipSnapshot table) => new(
        [.. table.Rows.Select(tagged => Tuple.Create(MemberRows.Read(tagged.Row), tagged.Etag))],
        new TableVersion(table.Version, table.VersionEtag));
}
