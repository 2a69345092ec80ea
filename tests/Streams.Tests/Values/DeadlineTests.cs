using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests.Values;

/// <summary>A moment on the monotonic clock.</summary>
public sealed class DeadlineTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTime _time = new();

    [Fact]
    public void It_has_passed_from_its_very_moment_on()
    {
        var deadline = Deadline.In(Second, _time);
        Assert.Equal(Second, deadline.TimeLeft(_time));
        _time.Advance(Second - Tick);
        Assert.False(deadline.HasPassed(_time));
        Assert.Equal(Tick, deadline.TimeLeft(_time));
        _time.Advance(Tick);
        Assert.True(deadline.HasPassed(_time));
        Assert.Equal(TimeSpan.Zero, deadline.TimeLeft(_time));
        _time.Advance(Second);
        Assert.True(deadline.HasPassed(_time));
        Assert.Equal(-Second, deadline.TimeLeft(_time));
    }

    [Fact]
    public void A_wall_clock_that_is_set_does_not_move_it()
    {
        var deadline = Deadline.In(Second, _time);
        _time.Correct(TimeSpan.FromDays(1));
        Assert.Equal(Second, deadline.TimeLeft(_time));
    }

    [Fact]
    public void The_clocks_own_frequency_counts()
    {
        var clock = new Nanoseconds();
        var deadline = Deadline.In(TimeSpan.FromSeconds(2), clock);
        Assert.Equal(TimeSpan.FromSeconds(2), deadline.TimeLeft(clock));
        Assert.Equal("2000000005", deadline.ToString());
        Assert.Equal(Second, deadline.Since(Deadline.In(Second, clock), clock));
    }

    [Fact]
    public void None_is_no_moment()
    {
        Assert.True(Deadline.None.IsNone && default(Deadline).IsNone);
        Assert.False(Deadline.In(TimeSpan.Zero, _time).IsNone);
    }

    [Fact]
    public void Deadlines_compare_by_their_moment()
    {
        var (early, late, same) = (Deadline.In(Second, _time), Deadline.In(2 * Second, _time), Deadline.In(Second, _time));
        Assert.True(late > early && !(early > late) && !(early > same));
        Assert.True(early < late && !(late < early) && !(early < same));
        Assert.True(late >= early && early >= same && !(early >= late));
        Assert.True(early <= late && early <= same && !(late <= early));
        Assert.True(early.CompareTo(late) < 0 && late.CompareTo(early) > 0 && early.CompareTo(same) == 0);
        Assert.Equal(Second, late.Since(early, _time));
    }

    private sealed class Nanoseconds : TimeProvider
    {
        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => 5;
    }
}
