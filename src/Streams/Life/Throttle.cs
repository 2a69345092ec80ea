namespace Malten.Streams.Life;

/// <summary>
/// Runs an action at most once per interval: the first request runs it at once, and all requests within the interval
/// after a run are answered by one run at its end. The action tells how long the interval after it is.
/// </summary>
internal sealed class Throttle : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _shortest;
    private readonly Func<TimeSpan> _action;
    private readonly Lock _gate = new();
    private TimeSpan _interval;
    private ITimer? _timer;
    private long _last;
    private bool _done;
    private bool _pending;

    /// <summary>Creates one that has not run yet.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="shortest">The shortest interval, which counts until the action has told its own.</param>
    /// <param name="action">Returns how long it may not run again.</param>
    public Throttle(TimeProvider time, TimeSpan shortest, Func<TimeSpan> action) =>
        (_time, _shortest, _interval, _action) = (time, shortest, shortest, action);

    public void Ask()
    {
        lock (_gate)
        {
            if (_pending) return;
            var wait = _done ? _interval - _time.GetElapsedTime(_last) : TimeSpan.Zero;
            _pending = wait > TimeSpan.Zero;
            if (_pending)
            {
                _timer ??= _time.CreateTimer(_ => ActLater(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timer.Change(wait, Timeout.InfiniteTimeSpan);
                return;
            }

            MarkDone(); // under the lock, so that a concurrent request waits for the next interval
        }

        Act();
    }

    public void Dispose()
    {
        lock (_gate) _timer?.Dispose();
    }

    private void ActLater()
    {
        lock (_gate) MarkDone();
        Act();
    }

    private void Act()
    {
        var interval = _action();
        lock (_gate) _interval = interval > _shortest ? interval : _shortest;
    }

    private void MarkDone() => (_pending, _done, _last) = (false, true, _time.GetTimestamp());
}
