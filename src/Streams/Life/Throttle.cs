namespace Malten.Streams.Life;

/// <summary>
/// Runs an action at most once per interval: the first request runs it at once, and all requests within the interval
/// after a run are answered by one run at its end.
/// </summary>
internal sealed class Throttle : IDisposable
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _interval;
    private readonly Action _action;
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private long _last;
    private bool _done;
    private bool _pending;

    public Throttle(TimeProvider time, TimeSpan interval, Action action) =>
        (_time, _interval, _action) = (time, interval, action);

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

        _action();
    }

    public void Dispose()
    {
        lock (_gate) _timer?.Dispose();
    }

    private void ActLater()
    {
        lock (_gate) MarkDone();
        _action();
    }

    private void MarkDone() => (_pending, _done, _last) = (false, true, _time.GetTimestamp());
}
