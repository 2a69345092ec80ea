namespace Malten.Gateway.Limits;

/// <summary>
/// How late work runs that is ready: how long an item waits in the queue of the thread pool, in which requests wait too. That
/// is what clients feel, whatever the reason: more requests than processors, a container's quota of them (also of one and a
/// half), other processes beside this one, or the garbage collector. The share of its processors that a process works, in
/// contrast, stays low where it is not given more. The least of many delays counts: a short queue that comes and goes is no
/// sign, one that stays is (RFC 8289, "CoDel", 3.1). An item is queued with a request, at most every
/// <see cref="Interval"/>, so an idle node measures nothing. Thread-safe.
/// </summary>
/// <param name="queue">Queues an item.</param>
internal sealed class QueueDelay(Action<Action> queue, TimeProvider time)
{
    /// <summary>How often an item is queued at most.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly Lock _gate = new();
    private long _queued;
    private bool _isQueued;
    private TimeSpan _least = TimeSpan.MaxValue;

    /// <summary>Measures the thread pool of this process.</summary>
    public QueueDelay(TimeProvider time)
        : this(static item => ThreadPool.UnsafeQueueUserWorkItem(static item => item(), item, preferLocal: false), time)
    {
    }

    /// <summary>Queues an item, unless one is waiting or has just been queued.</summary>
    public void Measure()
    {
        if (Volatile.Read(ref _isQueued) || time.GetElapsedTime(Volatile.Read(ref _queued)) < Interval) return;
        lock (_gate)
        {
            if (_isQueued) return;
            (_isQueued, _queued) = (true, time.GetTimestamp());
        }

        queue(Run);
    }

    /// <summary>The least delay since this was asked last, with that of an item that is still waiting; zero, when there was none.</summary>
    public TimeSpan TakeLeast()
    {
        lock (_gate)
        {
            var least = _least < TimeSpan.MaxValue || !_isQueued ? _least : time.GetElapsedTime(_queued);
            _least = TimeSpan.MaxValue;
            return least < TimeSpan.MaxValue ? least : TimeSpan.Zero;
        }
    }

    private void Run()
    {
        lock (_gate)
        {
            _isQueued = false;
            var delay = time.GetElapsedTime(_queued);
            if (delay < _least) _least = delay;
        }
    }
}
