namespace Malten.Membership;

/// <summary>
/// The table of silos, kept in the register: what Orleans' IMembershipTable asks for, without Orleans. Every call is one
/// step that nothing comes between. Safe to call from any thread.
/// </summary>
/// <remarks>
/// Every call throws <see cref="RegisterException"/> if the register could not be read or changed in time, or if its
/// generation is over, and <see cref="OperationCanceledException"/> if it was cancelled.
/// </remarks>
public sealed class MembershipTable(Register register)
{
    /// <summary>The whole table.</summary>
    public async Task<MembershipSnapshot> ReadAllAsync(CancellationToken cancel = default) =>
        Snapshot(RegisterException.ThrowIfFailed(await register.ReadAsync(cancel)));

    /// <summary>The version of the table with one row, or without rows if the address is not in it.</summary>
    public async Task<MembershipSnapshot> ReadRowAsync(string address, CancellationToken cancel = default)
    {
        var all = await ReadAllAsync(cancel);
        return all with { Rows = [.. all.Rows.Where(tagged => tagged.Row.Address == address)] };
    }

    /// <summary>Inserts a row, if none has its address and the version is still the one that was read.</summary>
    /// <returns>Whether it did.</returns>
    public Task<bool> InsertRowAsync(MemberRow row, string versionEtag, CancellationToken cancel = default) =>
        ChangeAsync(table => table.Insert(row, versionEtag), cancel);

    /// <summary>Replaces a row, if it and the version are still those that were read.</summary>
    /// <returns>Whether it did.</returns>
    public Task<bool> UpdateRowAsync(
        MemberRow row, string etag, string versionEtag, CancellationToken cancel = default) =>
        ChangeAsync(table => table.Update(row, etag, versionEtag), cancel);

    /// <summary>Sets when a silo last said that it lives, without conditions; neither version nor etag changes.</summary>
    /// <returns>Whether the silo is in the table.</returns>
    public Task<bool> UpdateIAmAliveAsync(string address, DateTimeOffset now, CancellationToken cancel = default) =>
        ChangeAsync(table => table.SayAlive(address, now), cancel);

    /// <summary>
    /// Removes the silos that are not active and of which nothing was heard since <paramref name="before"/>; the version
    /// does not change.
    /// </summary>
    /// <returns>Whether there were any.</returns>
    public Task<bool> CleanUpAsync(DateTimeOffset before, CancellationToken cancel = default) =>
        ChangeAsync(table => table.CleanUp(before), cancel);

    /// <summary>Removes all rows; the version begins again at 0.</summary>
    public Task DeleteAsync(CancellationToken cancel = default) => ChangeAsync(table => table.Delete(), cancel);

    private static MembershipSnapshot Snapshot(RegisterResult result)
    {
        var table = TableValue.Read(result.Value);
        return new MembershipSnapshot(table.Version, table.VersionEtag, table.Rows, result.Generation!.Value);
    }

    private async Task<bool> ChangeAsync(Func<TableValue, TableValue?> change, CancellationToken cancel)
    {
        var result = await register.ChangeAsync(value => change(TableValue.Read(value))?.Write(), cancel);
        return RegisterException.ThrowIfFailed(result).Outcome == RegisterOutcome.Changed;
    }
}
