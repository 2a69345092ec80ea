using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Life;

/// <summary>When the queue looks, on a clock whose timer is set off by hand.</summary>
public sealed class ExpiryQueueTests : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private readonly OneTimer _time = new();
    private readonly Capacity _capacity = new(new CapacityOptions());
    private readonly List<MessageStream> _ended = [];
    private readonly ExpiryQueue _queue;

    public ExpiryQueueTests() => _queue = new ExpiryQueue(_time, stream =>
    {
        stream.ExpireIfDue();
        _ended.Add(stream);
    });

    public void Dispose() => _queue.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000)]
    [InlineData(9_999)]
    [InlineData(10_000)]
    public void The_timer_counts_whole_milliseconds_and_is_never_early(int ticksBefore)
    {
        var stream = Begin("foo", 5);
        _time.Now += TimeSpan.FromTicks(ticksBefore);
        _queue.Watch(stream);
        Assert.Equal(0, _time.Due.Ticks % TimeSpan.TicksPerMillisecond);
        Assert.InRange(_time.Due, stream.TimeLeft, stream.TimeLeft + Millisecond);
    }

    [Fact]
    public async Task A_stream_whose_moment_has_just_come_is_ended()
    {
        var stream = Begin("foo", 5);
        _queue.Watch(stream);
        _time.Now += TimeSpan.FromSeconds(5) - Tick;
        _time.Fire();
        Assert.Empty(_ended);
        Assert.InRange(_time.Due, Tick, Millisecond);
        _time.Now += Tick;
        await Task.Run(_time.Fire).WaitAsync(TimeSpan.FromSeconds(20)); // it must not look at the same moment for ever
        Assert.Equal([stream], _ended);
        Assert.Equal(0, _capacity.Streams);
    }

    [Fact]
    public void A_stream_that_was_posted_to_meanwhile_is_looked_at_again()
    {
        var stream = Begin("foo", 5);
        _queue.Watch(stream);
        _time.Now += TimeSpan.FromSeconds(4);
        Post(stream);
        _queue.Watch(stream);
        _time.Now += TimeSpan.FromSeconds(1);
        _time.Fire();
        Assert.Empty(_ended);
        Assert.InRange(_time.Due, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(4) + Millisecond);
        _time.Now += TimeSpan.FromSeconds(4);
        _time.Fire();
        Assert.Equal([stream], _ended);
    }

    [Fact]
    public void A_stream_that_is_queued_is_not_queued_again_by_what_is_posted_to_it()
    {
        var stream = Begin("foo", 5);
        _queue.Watch(stream);
        for (var i = 0; i < 100; i++)
        {
            _time.Now += Millisecond;
            Post(stream);
            _queue.Watch(stream);
        }

        Assert.Equal(1, _time.Changes);
    }

    [Fact]
    public void The_timer_stands_for_the_stream_that_ends_first()
    {
        var late = Begin("late", 50);
        _queue.Watch(late);
        var soon = Begin("soon", 5);
        _queue.Watch(soon);
        _queue.Watch(Begin("later", 500));
        Assert.InRange(_time.Due, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5) + Millisecond);
        _time.Now += TimeSpan.FromSeconds(5);
        _time.Fire();
        Assert.Equal([soon], _ended);
        Assert.InRange(_time.Due, TimeSpan.FromSeconds(45), TimeSpan.FromSeconds(45) + Millisecond);
        _time.Now += TimeSpan.FromSeconds(45);
        _time.Fire();
        Assert.Equal([soon, late], _ended);
    }

    [Fact]
    public void A_stream_whose_moment_has_passed_before_it_was_watched_is_ended_at_once()
    {
        var stream = Begin("foo", 5);
        _time.Now += TimeSpan.FromSeconds(5) + (2 * Millisecond);
        _queue.Watch(stream);
        Assert.Equal(TimeSpan.Zero, _time.Due);
        _time.Fire();
        Assert.Equal([stream], _ended);
    }

    [Fact]
    public void A_stream_begun_anew_with_a_shorter_life_is_looked_at_once()
    {
        var stream = Begin("foo", 50);
        _queue.Watch(stream);
        var shorter = new StreamSnapshot(new StreamSettings(stream.Name, false, TimeToLive.FromSeconds(5)), null,
            stream.Begun, Timestamp.None, TimeSpan.FromSeconds(5), []);
        stream.Restore(shorter);
        _queue.Watch(stream);
        _time.Now += TimeSpan.FromSeconds(5);
        _time.Fire();
        Assert.Equal([stream], _ended);
        _time.Now += TimeSpan.FromSeconds(45);
        _time.Fire();
        Assert.Equal([stream], _ended);
    }

    private MessageStream Begin(string name, int seconds)
    {
        var stream = new MessageStream(StreamName.Parse(name), _capacity, _time);
        stream.Begin(new StreamSettings(stream.Name, false, TimeToLive.FromSeconds(seconds)));
        return stream;
    }

    private static void Post(MessageStream stream) => stream.TryAppend(
        new Events.Draft { Address = stream.Name, Text = MessageText.Parse("hello") }, out _);

    /// <summary>A clock whose one timer says for when it was set and fires when told to.</summary>
    private sealed class OneTimer : TimeProvider, ITimer
    {
        private TimerCallback? _callback;

        public TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

        public TimeSpan Due { get; private set; } = Timeout.InfiniteTimeSpan;

        public int Changes { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _callback = callback;
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            Changes++;
            return true;
        }

        public void Fire() => _callback!(null);

        public void Dispose() => _callback = null;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
