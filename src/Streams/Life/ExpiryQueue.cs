using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <summary>
/// Ends streams when they are due. Looks at nothing but the streams whose moment has come: one timer stands for all, and
/// a stream that was posted to meanwhile goes back into the queue.
/// </summary>
public sealed class ExpiryQueue : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Action<MessageStream> _expire;
    private readonly Lock _gate = new();
    private readonly PriorityQueue<MessageStream, Deadline> _queue = new();
    private readonly ITimer _timer;

    /// <summary>Makes an empty queue; <paramref name="expire"/> is called for each stream whose time has passed.</summary>
    public ExpiryQueue(TimeProvider time, Action<MessageStream> expire)
    {
        (_time, _expire) = (time, expire);
        _timer = time.CreateTimer(_ => ExpireDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Schedules a look at the stream for its deadline.</summary>
    public void Watch(MessageStream stream)
    {
        lock (_gate)
        {
            var deadline = stream.Deadline;
            if (!stream.QueuedFor.IsNone && stream.QueuedFor <= deadline) return;
            Enqueue(stream, deadline);
            if (_queue.Peek() == stream) SetTimer();
        }
    }

    /// <summary>Stops the timer.</summary>
    public void Dispose() => _timer.Dispose();

    private void ExpireDue()
    {
        var due = new List<MessageStream>();
        lock (_gate)
        {
            while (_queue.TryPeek(out var stream, out var deadline) && deadline.HasPassed(_time))
            {
                _queue.Dequeue();
                if (stream.QueuedFor != deadline) continue; // an older entry of a stream that was begun anew
                stream.QueuedFor = Deadline.None;
                if (stream.TimeLeft <= TimeSpan.Zero) due.Add(stream);
                else Enqueue(stream, stream.Deadline);
            }

            SetTimer();
        }

        due.ForEach(_expire);
    }

    private void Enqueue(MessageStream stream, Deadline deadline)
    {
        stream.QueuedFor = deadline;
        _queue.Enqueue(stream, deadline);
    }

    private void SetTimer()
    {
        if (!_queue.TryPeek(out _, out var deadline)) return;
        var wait = deadline.TimeLeft(_time);
        // Timers count whole milliseconds and cut the rest: one more, or it would fire just before the moment.
        var milliseconds = Math.Max(0, Math.Floor(wait.TotalMilliseconds) + 1);
        _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }
}
