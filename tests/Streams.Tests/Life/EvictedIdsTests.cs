using Malten.Streams.Life;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests.Life;

/// <summary>Ids of messages that are no longer held are forgotten in time, on a clock that goes on while it is read.</summary>
public sealed class EvictedIdsTests : StreamTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(3.5)]
    [InlineData(5)]
    [InlineData(40)]
    public void A_moment_that_passes_before_the_timer_is_set_for_it_is_no_fault_and_is_not_missed(double pause)
    {
        var time = new PausingTime();
        using var stream = new MessageStream(Name, Capacity, time);
        stream.Begin(Settings(86_400) with { Keep = Retention.None });
        var before = Capacity.Bytes;
        Post(stream, "first");
        time.Advance(Millisecond);
        Post(stream, "second");
        time.Advance(TimeSpan.FromSeconds(29) + (998 * Millisecond));
        Assert.Equal(before + (2 * 64), Capacity.Bytes);
        time.Pause = TimeSpan.FromMilliseconds(pause);
        time.Advance(Millisecond); // the first is forgotten, and the second a millisecond later
        time.Pause = TimeSpan.Zero;
        time.Advance(50 * Millisecond);
        Assert.Equal((before, 0), (Capacity.Bytes, time.ActiveTimers));
    }

    /// <summary>
    /// A clock whose process is suspended between the second reading and the third, once a pause is set; its timers refuse what those
    /// of the system refuse.
    /// </summary>
    private sealed class PausingTime : TimeProvider
    {
        private readonly FakeTime _time = new();
        private int _readings;

        public TimeSpan Pause { get; set; }

        public int ActiveTimers => _time.ActiveTimers;

        public override long TimestampFrequency => _time.TimestampFrequency;

        public override long GetTimestamp() =>
            _time.GetTimestamp() + (Pause > TimeSpan.Zero && ++_readings > 2 ? Pause.Ticks : 0);

        public void Advance(TimeSpan by) => _time.Advance(by);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new SystemLikeTimer(_time.CreateTimer(callback, state, dueTime, period));

        private sealed class SystemLikeTimer(ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                var milliseconds = (long)dueTime.TotalMilliseconds;
                ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, -1, nameof(dueTime));
                return timer.Change(milliseconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(milliseconds), period);
            }

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
