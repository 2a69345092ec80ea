using Malten.Client.Encryption;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>What others can make a participant of a stream that leaves no trace do, keep and forget is bounded.</summary>
public sealed class TraceBoundsTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void One_listener_and_all_together_cost_so_much_a_minute_and_whoever_wasted_nothing_is_heard()
    {
        var budget = new TraceBudget(_time);
        Assert.Equal(2047, Enumerable.Range(0, 3000).Count(_ => budget.Pays("one", 1)));
        _time.Advance(TimeSpan.FromMinutes(1));
        budget.Renew();
        var paid = Enumerable.Range(0, 100).Sum(_ => Enumerable.Range(0, 300).Count(i => PaysForRubbish($"liar {i}")));
        Assert.InRange(paid, 126, 430); // of 30,000
        Assert.Equal(1200, Enumerable.Range(0, 1200).Count(_ => budget.Pays("honest", 1)));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(budget.Renew());
        Assert.True(PaysForRubbish("liar 1"));

        bool PaysForRubbish(string liar)
        {
            if (!budget.Pays(liar, 1)) return false;
            budget.Waste(liar, 64);
            return true;
        }
    }

    [Fact]
    public void A_pace_saves_up_so_many_and_no_more()
    {
        var pace = new TracePace(_time, 3, TimeSpan.FromSeconds(10));
        for (var i = 0; i < 3; i++, pace.Take()) Assert.Equal(TimeSpan.Zero, pace.Wait);
        Assert.Equal(10, pace.Wait.TotalSeconds, 3);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(6, pace.Wait.TotalSeconds, 3);
        _time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 3; i++, pace.Take()) Assert.Equal(TimeSpan.Zero, pace.Wait);
        Assert.NotEqual(TimeSpan.Zero, pace.Wait);
    }

    [Fact]
    public void Keys_that_nobody_speaks_for_displace_each_other_and_nobody_displaces_what_is_ones_own()
    {
        var history = new TraceHistory("own", author => author == "honest");
        for (var i = 0U; i < 40; i++)
            foreach (var author in (string[])["own", "honest"]) history.Add(Entry(author, i));
        for (var i = 0U; i < 3000; i++) history.Add(Entry($"key {i}", i));
        Assert.Equal((40, 40, 1064), (history.Of("own").Count(), history.Of("honest").Count(), history.All.Count()));
        Assert.Equal((-1L, 39L), (history.Floor("honest"), history.Complete("honest", 0)));
        for (var i = 40U; i < 1200; i++) history.Add(Entry("honest", i));
        Assert.Equal(1024, history.Of("honest").Count());
        Assert.Equal((175L, 1199L), (history.Floor("honest"), history.Complete("honest", 0)));
    }

    [Fact]
    public void An_author_is_gone_after_the_grace_unless_somebody_speaks_for_them_or_nobody_can_be_heard()
    {
        var members = new TraceMembers(_time);
        members.Doubt();
        Assert.True(members.Bind("listener", "author"));
        Assert.False(members.Bind("listener", "another")); // a listener speaks for one
        members.Leave("listener");
        Assert.False(members.Bind("listener", "author")); // one that has left is not believed again
        _time.Advance(TimeSpan.FromSeconds(19));
        Assert.Empty(members.Gone());
        members.Hold();
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(members.Gone());
        members.Doubt();
        _time.Advance(TimeSpan.FromSeconds(19));
        Assert.Empty(members.Gone());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["author"], members.Gone());
        Assert.True(members.Bind("back", "author"));
        members.Part("author");
        Assert.False(members.Bind("again", "author")); // a farewell is for good
        Assert.True(members.HasParted("author"));
    }

    [Fact]
    public void A_date_within_a_time_in_which_all_was_heard_is_known_for_what_it_is()
    {
        var life = new TraceLife(_time);
        Assert.False(life.WasHeard(At(0)));
        Assert.True(life.Open(new StreamLife("any", TimeSpan.FromSeconds(60), 0, At(60)), At(0), _time.GetUtcNow()));
        Assert.True(life.IsSafe);
        _time.Advance(TimeSpan.FromSeconds(250));
        Assert.True(life.WasHeard(At(-125)));
        Assert.False(life.WasHeard(At(-135))); // it may have been on its way when this side connected
        Assert.False(life.WasHeard(At(-115))); // or still is, as clocks of nodes go
        Assert.True(life.IsDate(At(100)));
        Assert.False(life.IsDate(At(130)));
        Assert.False(life.IsDate(new Timestamp(1025)));
        _ = life.Doubt();
        Assert.False(life.WasHeard(At(-125)));
        Assert.False(life.IsSafe);
        life.HangUp();
        Assert.False(life.WasHeard(At(-125)));
    }

    private Timestamp At(int seconds) => new(_time.GetUtcNow().AddSeconds(seconds).ToUnixTimeMilliseconds() * 1_000_000 / 1024 * 1024);

    private static TraceEntry Entry(string author, uint number) => new(Guid.NewGuid(), new Timestamp(number * 1024), new Enc2Content
    {
        Author = author, Number = number, Skipped = 0, Time = 0, Previous = "", Seen = [], Name = "", Text = "",
    }, $"{author} {number}");
}
