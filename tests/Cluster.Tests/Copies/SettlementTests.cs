using Malten.Cluster.Tests.Members;
using Malten.Grains.Copies;

namespace Malten.Cluster.Tests.Copies;

/// <summary>A view is settled when all of its members have said so since the membership table changed last.</summary>
public sealed class SettlementTests
{
    private static readonly SiloAddress First = FakeMembership.SiloAt(1);
    private static readonly SiloAddress Second = FakeMembership.SiloAt(2);
    private static readonly SiloAddress Third = FakeMembership.SiloAt(3);
    private readonly FakeMembership _membership = new(First, Second);
    private readonly Settlement _settlement;

    public SettlementTests() => _settlement = new Settlement(_membership.View);

    [Fact]
    public void It_takes_the_word_of_all()
    {
        Report(First);
        Assert.False(_settlement.IsSettled);
        Report(Second);
        Assert.True(_settlement.IsSettled);
    }

    [Fact]
    public void A_view_that_comes_back_is_not_settled_by_what_was_said_before()
    {
        Report(First);
        Report(Second);
        var version = _membership.View.Version;
        _membership.Set((First, SiloStatus.Active), (Second, SiloStatus.Active), (Third, SiloStatus.Active));
        Assert.False(_settlement.IsSettled);
        _membership.Set((First, SiloStatus.Active), (Second, SiloStatus.Active), (Third, SiloStatus.Dead));
        Assert.False(_settlement.IsSettled); // meanwhile they may have moved streams to the third
        _settlement.Report(Second, _membership.View.View.Id, version); // was late on its way
        Report(First);
        Assert.False(_settlement.IsSettled);
        Report(Second);
        Assert.True(_settlement.IsSettled);
    }

    [Fact]
    public void One_that_is_leaving_must_have_settled_too_since_it_may_hold_the_only_copy()
    {
        _membership.View.ReportLeaving(Second);
        Report(First);
        Assert.False(_settlement.IsSettled);
        Report(Second);
        Assert.True(_settlement.IsSettled);
    }

    [Fact]
    public void What_a_silo_says_before_it_is_known_here_counts_once_it_is()
    {
        var former = (_membership.View.View.Id, _membership.View.Version);
        _membership.Set((First, SiloStatus.Active), (Second, SiloStatus.Active), (Third, SiloStatus.Active));
        var view = _membership.View.View.Id;
        _membership.Set((First, SiloStatus.Active), (Second, SiloStatus.Active));
        _settlement.Report(Third, view, 100); // it knows of the table before this silo does
        Report(First);
        _membership.Set((First, SiloStatus.Active), (Second, SiloStatus.Active), (Third, SiloStatus.Active));
        foreach (var silo in new[] { First, Second }) Report(silo);
        _settlement.Report(Third, former.Id, former.Version); // late on its way
        Assert.True(_settlement.IsSettled);
    }

    [Fact]
    public void Who_settled_another_view_does_not_count()
    {
        Report(First);
        _settlement.Report(Second, 1, long.MaxValue);
        Assert.False(_settlement.IsSettled);
    }

    private void Report(SiloAddress silo) => _settlement.Report(silo, _membership.View.View.Id, _membership.View.Version);
}
