using Malten.Membership.Table;

namespace Malten.Membership.Tests.Table;

/// <summary>What Orleans requires of every membership table.</summary>
public sealed class MembershipTableTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private readonly RegisterNode _node = new(new RegisterNodeOptions());

    private MembershipTable Table => _node.Table;

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_new_table_is_empty_and_has_version_0()
    {
        var table = await Table.ReadAllAsync();
        Assert.Empty(table.Rows);
        Assert.Equal(0, table.Version);
        Assert.NotEmpty(table.VersionEtag);
    }

    [Fact]
    public async Task An_inserted_row_is_read_as_it_was_written_with_the_next_version()
    {
        var row = Row("a") with { Payload = "{\"name\":\"Grüße\"}" };
        var before = await Table.ReadAllAsync();
        Assert.True(await Table.InsertRowAsync(row, before.VersionEtag));
        var after = await Table.ReadAllAsync();
        Assert.Equal(row, Assert.Single(after.Rows).Row);
        Assert.Equal(1, after.Version);
        Assert.NotEqual(before.VersionEtag, after.VersionEtag);
    }

    [Fact]
    public async Task A_row_is_not_inserted_twice_nor_at_a_stale_version()
    {
        var before = await Table.ReadAllAsync();
        Assert.True(await Table.InsertRowAsync(Row("a"), before.VersionEtag));
        Assert.False(await Table.InsertRowAsync(Row("a"), before.VersionEtag));
        Assert.False(await Table.InsertRowAsync(Row("b"), before.VersionEtag));
        var after = await Table.ReadAllAsync();
        Assert.False(await Table.InsertRowAsync(Row("a"), after.VersionEtag));
        Assert.Equal((1, 1), (after.Version, (await Table.ReadAllAsync()).Rows.Length));
    }

    [Fact]
    public async Task One_row_is_read_with_the_version_of_the_table()
    {
        await InsertAsync(Row("b"));
        await InsertAsync(Row("a"));
        var all = await Table.ReadAllAsync();
        Assert.Equal(["a", "b"], all.Rows.Select(tagged => tagged.Row.Address));
        var one = await Table.ReadRowAsync("a");
        Assert.Equal("a", Assert.Single(one.Rows).Row.Address);
        Assert.Equal((all.Version, all.VersionEtag), (one.Version, one.VersionEtag));
        Assert.Empty((await Table.ReadRowAsync("c")).Rows);
    }

    [Fact]
    public async Task An_update_needs_the_etags_of_row_and_version()
    {
        await InsertAsync(Row("a"));
        var old = await Table.ReadAllAsync();
        await InsertAsync(Row("b"));
        var table = await Table.ReadAllAsync();
        var etag = (await Table.ReadRowAsync("a")).Rows[0].Etag;
        var dead = Row("a") with { Status = MemberStatus.Dead };

        Assert.False(await Table.UpdateRowAsync(dead, etag, old.VersionEtag));
        Assert.False(await Table.UpdateRowAsync(dead, "other", table.VersionEtag));
        Assert.False(await Table.UpdateRowAsync(Row("c"), etag, table.VersionEtag));
        Assert.True(await Table.UpdateRowAsync(dead, etag, table.VersionEtag));
        Assert.False(await Table.UpdateRowAsync(Row("a"), etag, table.VersionEtag));

        var after = await Table.ReadAllAsync();
        Assert.False(await Table.UpdateRowAsync(Row("a"), etag, after.VersionEtag));
        Assert.Equal(table.Version + 1, after.Version);
        Assert.Equal(2, after.Rows.Length);
        Assert.Equal(dead, after.Rows[0].Row);
        Assert.NotEqual(etag, after.Rows[0].Etag);
    }

    [Fact]
    public async Task Concurrent_updates_all_succeed_in_the_end_and_none_twice()
    {
        await InsertAsync(Row("a"));
        await Task.WhenAll(Enumerable.Range(0, 19).Select(async i =>
        {
            for (var tries = 0; tries < 100; tries++)
            {
                var table = await Table.ReadAllAsync();
                var row = table.Rows[0];
                var next = row.Row with { Payload = row.Row.Payload + "x" };
                if (await Table.UpdateRowAsync(next, row.Etag, table.VersionEtag)) return;
            }

            Assert.Fail("An update never succeeded.");
        }));
        var after = await Table.ReadAllAsync();
        Assert.Equal(20, after.Version);
        Assert.Equal(19, after.Rows[0].Row.Payload.Length);
    }

    [Fact]
    public async Task I_am_alive_changes_the_time_and_nothing_else()
    {
        await InsertAsync(Row("a"));
        var before = await Table.ReadAllAsync();
        Assert.True(await Table.UpdateIAmAliveAsync("a", Now.AddSeconds(5)));
        Assert.False(await Table.UpdateIAmAliveAsync("b", Now));
        var after = await Table.ReadAllAsync();
        Assert.Equal((before.Version, before.VersionEtag), (after.Version, after.VersionEtag));
        Assert.Equal(before.Rows[0].Row with { IAmAlive = Now.AddSeconds(5) }, Assert.Single(after.Rows).Row);
        Assert.True(await Table.UpdateRowAsync(Row("a"), before.Rows[0].Etag, before.VersionEtag));
    }

    [Fact]
    public async Task Clean_up_removes_old_rows_of_every_status_but_active()
    {
        foreach (var status in Enum.GetValues<MemberStatus>())
        {
            var old = Now.AddDays(-9);
            await InsertAsync(Row($"old {status}") with { Status = status, IAmAlive = old, Updated = old });
        }

        await InsertAsync(Row("new"));
        await InsertAsync(Row("buried today") with { Status = MemberStatus.Dead, IAmAlive = Now.AddDays(-9) });
        await InsertAsync(Row("just alive") with { Status = MemberStatus.Dead, Updated = Now.AddDays(-9) });
        var before = await Table.ReadAllAsync();
        Assert.True(await Table.CleanUpAsync(Now.AddDays(-7)));
        Assert.False(await Table.CleanUpAsync(Now.AddDays(-7)));
        var after = await Table.ReadAllAsync();
        Assert.Equal(
            ["buried today", "just alive", "new", "old Active"], after.Rows.Select(tagged => tagged.Row.Address));
        Assert.Equal((before.Version, before.VersionEtag), (after.Version, after.VersionEtag));
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, -1, false)]
    [InlineData(-1, 0, false)]
    [InlineData(-1, -1, true)]
    public async Task Clean_up_keeps_a_row_with_a_time_at_or_after_the_limit(int alive, int updated, bool removed)
    {
        await InsertAsync(Row("a") with { IAmAlive = Now.AddTicks(alive), Updated = Now.AddTicks(updated) });
        Assert.Equal(removed, await Table.CleanUpAsync(Now));
    }

    [Fact]
    public void Every_etag_is_higher_than_all_before_also_after_a_deletion()
    {
        var (table, last) = (TableValue.Empty, long.Parse(TableValue.Empty.VersionEtag));
        Next(table.Insert(Row("a"), table.VersionEtag)!, "a");
        Next(table.Insert(Row("b"), table.VersionEtag)!, "b");
        Next(table.Update(Row("a"), table.Find("a")!.Etag, table.VersionEtag)!, "a");
        Next(table.Delete(), null);
        Next(table.Delete(), null);
        Next(table.Insert(Row("a"), table.VersionEtag)!, "a");

        void Next(TableValue next, string? changed)
        {
            table = next;
            var version = long.Parse(next.VersionEtag);
            Assert.True(version > last);
            if (changed is not null) Assert.InRange(long.Parse(next.Find(changed)!.Etag), last + 1, version - 1);
            last = version;
        }
    }

    [Fact]
    public async Task A_deleted_table_is_empty_and_accepts_no_old_etag()
    {
        var first = await Table.ReadAllAsync();
        await InsertAsync(Row("a"));
        var before = await Table.ReadAllAsync();
        await Table.DeleteAsync();
        var after = await Table.ReadAllAsync();
        Assert.Empty(after.Rows);
        Assert.Equal(0, after.Version);
        Assert.False(await Table.InsertRowAsync(Row("a"), first.VersionEtag));
        Assert.False(await Table.InsertRowAsync(Row("a"), before.VersionEtag));
        Assert.True(await Table.InsertRowAsync(Row("a"), after.VersionEtag));
    }

    [Fact]
    public void The_same_table_is_always_the_same_bytes()
    {
        var one = TableValue.Empty.Insert(Row("a"), "0")!;
        var again = TableValue.Read(one.Write());
        Assert.Equal(one.Write(), again.Write());
        Assert.Equal(one.Rows, again.Rows);
    }

    [Fact]
    public async Task A_table_that_is_too_large_is_refused_and_the_old_one_stays()
    {
        await InsertAsync(Row("a"));
        var table = await Table.ReadAllAsync();
        var large = Row("b") with { Payload = new string('x', 2_000_000) };
        await Assert.ThrowsAsync<InvalidOperationException>(() => Table.InsertRowAsync(large, table.VersionEtag));
        Assert.Single((await Table.ReadAllAsync()).Rows);
    }

    private static MemberRow Row(string address) => new(address, MemberStatus.Joining, Now, Now, "");

    private async Task InsertAsync(MemberRow row) =>
        Assert.True(await Table.InsertRowAsync(row, (await Table.ReadAllAsync()).VersionEtag));
}
