using Malten.Membership.Registers;

namespace Malten.Membership.Table;

/// <summary>
/// The table of silos, kept in the register. It offers what Orleans' IMembershipTable needs, without Orleans. Every
/// call is atomic. Safe to call from any thread.
/// </summary>
/// <remarks>
/// Every call throws <see cref="RegisterException"/> if the register could not be read or changed in time, or if its
/// generation is over, and <see cref="OperationCanceledException"/> if it was cancelled.
/// </remarks>
public sealed class MembershipTable(Register register)
{
    /// <summary>Reads the whole table.</summary>
    public async Task<MembershipSnapshot> ReadAllAsync(CancellationToken cancel = default) =>
        Snapshot((await register.ReadAsync(cancel)).EnsureSucceeded());

    /// <summary>
    /// Reads one row and the version of the table. The snapshot has no rows if the address is unknown.
    /// </summary>
    public async Task<MembershipSnapshot> ReadRowAsync(string address, CancellationToken cancel = default)
    {
        var all = await ReadAllAsync(cancel);
        return all with { Rows = [.. all.Rows.Where(tagged => tagged.Row.Address == address)] };
    }

    /// <summary>Inserts a row, if no row has its address and the version is still the one that was read.</summary>
    /// <returns>Whether the row was inserted.</returns>
    public Task<bool> InsertRowAsync(MemberRow row, string versionEtag, CancellationToken cancel = default) =>
        ChangeAsync(table => table.Insert(row, versionEtag), cancel);

    /// <summary>Replaces a row, if the row and the version are still the ones that were read.</summary>
    /// <returns>Whether the row was replaced.</returns>
    public Task<bool> UpdateRowAsync(
        MemberRow row, string etag, string versionEtag, CancellationToken cancel = default) =>
        ChangeAsync(table => table.Update(row, etag, versionEtag), cancel);

    /// <summary>
    /// Sets when a silo last reported that it is alive, unconditionally. Neither the version nor an etag changes.
    /// </summary>
    /// <returns>Whether the silo is in the table.</returns>
    public Task<bool> UpdateIAmAliveAsync(string address, DateTimeOffset now, CancellationToken cancel = default) =>
        ChangeAsync(table => table.SetAlive(address, now), cancel);

    /// <summary>
    /// Removes the silos that are not active and have no time at or after <paramref name="before"/>. The version does
    /// not change.
    /// </summary>
    /// <returns>Whether any were removed.</returns>
    public Task<bool> CleanUpAsync(DateTimeOffset before, CancellationToken cancel = default) =>
        ChangeAsync(table => table.CleanUp(before), cancel);

    /// <summary>Removes all rows. The version starts again at 0.</summary>
    public Task DeleteAsync(CancellationToken cancel = default) => ChangeAsync(table => table.Delete(), cancel);

    private static MembershipSnapshot Snapshot(RegisterResult result)
    {
        var table = TableValue.Read(result.Value);
        return new MembershipSnapshot(table.Version, table.VersionEtag, table.Rows, result.Generation!.Value);
    }

    private async Task<bool> ChangeAsync(Func<TableValue, TableValue?> change, CancellationToken cancel)
    {
        var result = await register.ChangeAsync(value => change(TableValue.Read(value))?.Write(), cancel);
        return result.EnsureSucceeded().Outcome == RegisterOutcome.Changed;
    }
}
