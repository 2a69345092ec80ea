namespace Malten.Testing;

/// <summary>
/// One thread, one clock and one queue: all asynchronous code runs here, in an order that depends only on the history's
/// number. The clock jumps to the next event. A scheduler is used on the thread that made it.
/// </summary>
public sealed class Scheduler : TimeProvider
{
    private readonly PriorityQueue<Action, (long Time, long Order)> _events = new();
    private readonly Context _context = new();
    private long _now = TimeSpan.TicksPerDay * 740_000;
    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => new(_now, TimeSpan.Zero);

    public void After(TimeSpan delay, Action action) => _events.Enqueue(action, (_now + delay.Ticks, _order++));

    /// <summary>
    /// Runs all events of this duration, and calls <paramref name="observe"/> after each. Ends sooner when
    /// <paramref name="isEnough"/>, which is asked four times a second.
    /// </summary>
    public void Run(TimeSpan duration, Action start, Action observe, Func<bool>? isEnough = null)
    {
        var (end, look) = (_now + duration.Ticks, _now + (TimeSpan.TicksPerSecond / 4));
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_context);
        try
        {
            start();
            _context.Drain();
            while (_events.TryPeek(out _, out var due) && due.Time <= end)
            {
                if (due.Time > look && isEnough is not null)
                {
                    if (isEnough()) return;
                    look = due.Time + (TimeSpan.TicksPerSecond / 4);
                }

                var action = _events.Dequeue();
                _now = due.Time;
                action();
                _context.Drain();
                observe();
            }

            _now = end;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(Scheduler scheduler, TimerCallback callback, object? state) : ITimer
    {
        private int _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var setting = ++_setting;
            if (dueTime != Timeout.InfiniteTimeSpan) Schedule(setting, dueTime, period);
            return true;
        }

        private void Schedule(int setting, TimeSpan dueTime, TimeSpan period) => scheduler.After(dueTime, () =>
        {
            if (setting != _setting) return;
            if (period > TimeSpan.Zero) Schedule(setting, period, period);
            callback(state);
        });

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Context : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
        private readonly int _thread = Environment.CurrentManagedThreadId;

        // What another thread has done is left out: when it would be done depends on more than the history's number.
        public override void Post(SendOrPostCallback d, object? state)
        {
            if (Environment.CurrentManagedThreadId == _thread) _posted.Enqueue((d, state));
        }

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

        public void Drain()
        {
            while (_posted.TryDequeue(out var next)) next.Callback(next.State);
        }
    }
}
