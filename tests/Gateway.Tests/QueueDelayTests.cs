using Malten.Gateway.Limits;
using Malten.Testing;

namespace Malten.Gateway.Tests;

/// <summary>How late work runs that is ready, whatever the reason.</summary>
public sealed class QueueDelayTests
{
    private readonly FakeTime _time = new();
    private readonly Queue<Action> _queue = new();
    private readonly QueueDelay _delay;

    public QueueDelayTests() => _delay = new QueueDelay(_queue.Enqueue, _time);

    [Fact]
    public void The_least_delay_counts_once()
    {
        foreach (var milliseconds in new[] { 30, 7, 100 }) Queue(milliseconds);
        Assert.Equal(TimeSpan.FromMilliseconds(7), _delay.TakeLeast());
        Queue(60);
        Assert.Equal(TimeSpan.FromMilliseconds(60), _delay.TakeLeast());
        Assert.Equal(TimeSpan.Zero, _delay.TakeLeast());
    }

    [Fact]
    public void An_item_that_still_waits_counts_where_no_other_has_run()
    {
        _delay.Measure();
        Pass(40);
        Assert.Equal(TimeSpan.FromMilliseconds(40), _delay.TakeLeast());
        Pass(40);
        Assert.Equal(TimeSpan.FromMilliseconds(80), _delay.TakeLeast());
        _queue.Dequeue()();
        Assert.Equal(TimeSpan.FromMilliseconds(80), _delay.TakeLeast());
    }

    [Fact]
    public void However_much_is_asked_one_item_waits_at_a_time()
    {
        for (var i = 0; i < 100; i++) _delay.Measure();
        Assert.Single(_queue);
        Pass(1);
        _queue.Dequeue()();
        _delay.Measure();
        Assert.Empty(_queue); // one has just been queued
        Pass(4);
        _delay.Measure();
        Assert.Single(_queue);
    }

    [Fact]
    public async Task The_thread_pool_itself_is_measured()
    {
        var delay = new QueueDelay(TimeProvider.System);
        delay.Measure();
        Assert.True(delay.TakeLeast() > TimeSpan.Zero);
        await Eventually.IsSoAsync(() => delay.TakeLeast() == TimeSpan.Zero); // it has run, and no other is queued
    }

    private void Queue(int milliseconds)
    {
        Pass(5);
        _delay.Measure();
        Pass(milliseconds);
        _queue.Dequeue()();
    }

    private void Pass(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
