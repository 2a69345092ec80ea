using Malten.Membership.Protocol;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Protocol;

public class EntryTests
{
    [Fact]
    public void Each_change_raises_the_version_and_is_named_last()
    {
        var entry = Entry.Empty.Append(Id(1), [1]).Append(Id(2), [2]);
        Assert.Equal(2, entry.Version);
        Assert.Equal([2], entry.Value!);
        Assert.Equal([Id(1), Id(2)], entry.Writes);
    }

    [Fact]
    public void The_last_32_changes_are_named()
    {
        var entry = Changed(40);
        Assert.Equal(Enumerable.Range(9, 32).Select(number => Id((byte)number)), entry.Writes);
        Assert.True(entry.Covers(40));
        Assert.True(entry.Covers(8));
        Assert.False(entry.Covers(7));
    }

    [Fact]
    public void A_young_entry_names_every_change()
    {
        Assert.True(Changed(32).Covers(0));
        Assert.False(Changed(33).Covers(0));
    }

    private static Entry Changed(int times) => Enumerable.Range(1, times)
        .Aggregate(Entry.Empty, (entry, number) => entry.Append(Id((byte)number), [0]));
}
