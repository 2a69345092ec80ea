using Malten.Grains.Members;

namespace Malten.Cluster.Tests.Members;

/// <summary>From the members of the cluster follows who holds a stream, the same for whoever asks.</summary>
public sealed class ViewTests
{
    private static readonly SiloAddress[] Five = [.. Enumerable.Range(1, 5).Select(FakeMembership.SiloAt)];
    private static readonly string[] Names = [.. Enumerable.Range(0, 3000).Select(number => $"stream {number}")];

    [Fact]
    public void It_does_not_depend_on_the_order_in_which_silos_became_known()
    {
        var (one, other) = (new View(Five), new View(Five.Reverse()));
        Assert.Equal(one.Id, other.Id);
        Assert.All(Names, name => Assert.Equal(one.Candidates(name, 3), other.Candidates(name, 3)));
        Assert.NotEqual(one.Id, new View(Five[1..]).Id);
    }

    [Fact]
    public void Each_silo_gets_its_share()
    {
        var view = new View(Five);
        for (var place = 0; place < 3; place++)
            Assert.All(Names.CountBy(name => view.Candidates(name, 3)[place]), count => Assert.InRange(count.Value, 500, 700));
    }

    [Fact]
    public void A_silo_that_goes_moves_only_what_it_held()
    {
        var (before, after) = (new View(Five), new View(Five[1..]));
        foreach (var name in Names)
        {
            var rest = before.Candidates(name, 5).Where(silo => !silo.Equals(Five[0])).Take(2);
            Assert.Equal(rest, after.Candidates(name, 2));
        }
    }

    [Fact]
    public void Where_there_are_fewer_silos_than_copies_all_hold_the_stream() =>
        Assert.Equal(Five[..2].ToHashSet(), [.. new View(Five[..2]).Candidates("a", 5)]);

    [Fact]
    public void A_silo_that_says_it_leaves_holds_nothing_and_is_still_active()
    {
        var membership = new FakeMembership(Five);
        var changes = 0;
        membership.View.Changed += () => changes++;
        membership.View.ReportLeaving(Five[2]);
        membership.View.ReportLeaving(Five[2]);
        Assert.Equal(1, changes);
        Assert.Equal(new View(Five.Where(silo => silo != Five[2])).Id, membership.View.View.Id);
        Assert.True(membership.View.IsActive(Five[2]));
        Assert.Contains(Five[2], membership.View.Active);
    }

    [Fact]
    public void The_farewell_of_a_silo_that_is_not_known_yet_is_not_confirmed_so_that_it_is_said_again()
    {
        var (membership, sixth) = (new FakeMembership(Five), FakeMembership.SiloAt(99));
        Assert.Throws<OrleansException>(() => membership.View.ReportLeaving(sixth));
        SetSixth(SiloStatus.Joining);
        Assert.Throws<OrleansException>(() => membership.View.ReportLeaving(sixth));
        SetSixth(SiloStatus.Active);
        membership.View.ReportLeaving(sixth);
        Assert.Equal(new View(Five).Id, membership.View.View.Id);
        SetSixth(SiloStatus.Dead);
        membership.View.ReportLeaving(sixth); // late on its way

        void SetSixth(SiloStatus status) => membership.Set([.. Five.Select(silo => (silo, SiloStatus.Active)), (sixth, status)]);
    }

    [Fact]
    public void A_silo_whose_clock_was_set_back_is_not_dead_before_it_is_known_because_an_earlier_life_is()
    {
        var membership = new FakeMembership(Five);
        var (before, now) = (SiloAddress.New(FakeMembership.SiloAt(99).Endpoint, 2), FakeMembership.SiloAt(99));
        Set((before, SiloStatus.Dead));
        Assert.False(membership.View.IsDead(now));
        Assert.Throws<OrleansException>(() => membership.View.ReportLeaving(now));
        Set((before, SiloStatus.Dead), (now, SiloStatus.Active));
        Assert.False(membership.View.IsDead(now));
        Set((before, SiloStatus.Active));
        Assert.True(membership.View.IsDead(now));

        void Set(params (SiloAddress, SiloStatus)[] more) => membership.Set([.. Five.Select(silo => (silo, SiloStatus.Active)), .. more]);
    }
}
