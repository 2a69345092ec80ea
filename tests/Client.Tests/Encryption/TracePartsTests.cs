using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>The rules of a stream that leaves no trace, each by itself.</summary>
public sealed class TracePartsTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void However_many_send_rubbish_whoever_sends_none_is_heard()
    {
        var budget = new TraceBudget(_time);
        foreach (var liar in Enumerable.Range(0, 5))
        {
            for (var i = 0; i < 32; i++)
            {
                budget.Pays($"liar {liar}", 1);
                budget.Waste($"liar {liar}", 64);
            }
        }

        Assert.All(Enumerable.Range(0, 5), liar => Assert.False(budget.Pays($"liar {liar}", 1)));
        for (var author = 0; author < 10; author++)
            for (var message = 0; message < 1024; message++) Assert.True(budget.Pays($"author {author}", 1));
        Assert.False(budget.Renew());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(budget.Renew()); // so what was not heard may be asked for again
        Assert.True(budget.Pays("liar 0", 1));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(budget.Renew() is false && budget.Pays("liar 1", 1));
    }

    [Fact]
    public void One_who_sends_too_much_is_not_heard_whatever_it_is()
    {
        var budget = new TraceBudget(_time);
        Assert.True(budget.Pays("one", 2047));
        Assert.False(budget.Pays("one", 1));
        Assert.True(budget.Pays("another", 1));
    }

    [Fact]
    public void Whoever_spoke_last_for_an_author_is_asked()
    {
        var members = new TraceMembers(_time);
        members.Bind("first of somebody", "somebody");
        members.Bind("dead", "author");
        members.Leave("first of somebody");
        members.Bind("alive", "author");
        Assert.Equal("alive", members.SpeakerOf("author"));
    }

    [Fact]
    public void While_nothing_is_heard_nobodys_time_runs_out()
    {
        var members = new TraceMembers(_time);
        members.Doubt(); // connected
        members.See("author");
        _time.Advance(TimeSpan.FromSeconds(60));
        members.Rest(TimeSpan.FromSeconds(50));
        Assert.Empty(members.Gone());
        Assert.Equal(TimeSpan.FromSeconds(10), members.NextIn);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["author"], members.Gone());
    }

    [Fact]
    public void Clocks_of_two_nodes_that_differ_by_less_than_two_minutes_mark_nobody()
    {
        var life = Alive(out _);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.False(life.WasHeard(At(_time.GetUtcNow().AddSeconds(-119))));
        Assert.True(life.WasHeard(At(_time.GetUtcNow().AddSeconds(-121))));
        Assert.False(life.WasHeard(At(_time.GetUtcNow().AddMinutes(-10).AddSeconds(119))));
    }

    [Fact]
    public void The_servers_clock_is_known_from_when_its_word_was_read_and_not_taken()
    {
        var (life, read) = (new TraceLife(_time), _time.GetUtcNow());
        _time.Advance(TimeSpan.FromSeconds(58)); // while the caller worked
        life.Open(new StreamLife("s", TimeSpan.FromSeconds(60), 0, At(read.AddSeconds(60))), At(read), read);
        Assert.False(life.IsSafe);
    }

    [Fact]
    public void What_was_known_is_restored_only_where_nothing_else_made_it_unsure()
    {
        var life = Alive(out var opened);
        life.Doubt()();
        Assert.True(life.IsSafe);
        var restore = life.Doubt();
        life.HangUp();
        restore();
        Assert.False(life.IsSafe);
        life.Open(opened, At(_time.GetUtcNow()), _time.GetUtcNow());
        Assert.True(life.IsSafe);
        life.AskAgain();
        Assert.False(life.IsSafe);
    }

    private static Timestamp At(DateTimeOffset time) => new((time - DateTimeOffset.UnixEpoch).Ticks * 100 / 1024 * 1024);

    private TraceLife Alive(out StreamLife opened)
    {
        var life = new TraceLife(_time);
        opened = new StreamLife("s", TimeSpan.FromHours(1), 0, At(_time.GetUtcNow().AddHours(1)));
        life.Open(opened, At(_time.GetUtcNow()), _time.GetUtcNow());
        return life;
    }
}
