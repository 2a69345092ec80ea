using System.Threading.Tasks.Sources;

namespace Malten.Streams.Feeds;

/// <summary>
/// A signal for one waiter that any thread may set. Setting it again before the waiter has seen it has no further effect;
/// set before the wait, it completes the next wait at once. The waiter's continuation runs inside <see cref="Set"/>, which
/// may therefore take a while and must be called without holding a lock. Waiting allocates nothing: an idle listener must
/// stay small.
/// </summary>
internal sealed class AsyncAutoResetEvent : IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Signalled = 2;

    private ManualResetValueTaskSourceCore<bool> _source;
    private int _state;

    public void Set()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state == Signalled) return;
            var next = state == Waiting ? Idle : Signalled;
            if (Interlocked.CompareExchange(ref _state, next, state) != state) continue;
            if (state == Waiting) _source.SetResult(true);
            return;
        }
    }

    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle) return new ValueTask(this, _source.Version);
        Volatile.Write(ref _state, Idle); // it was set, and nobody but its one waiter takes that back
        return ValueTask.CompletedTask;
    }

    void IValueTaskSource.GetResult(short token)
    {
        _source.GetResult(token);
        _source.Reset(); // each wait has a token of its own
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
