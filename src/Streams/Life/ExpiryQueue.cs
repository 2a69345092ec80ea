using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <summary>
/// Ends streams when they are due. One timer serves all streams and is set for the earliest deadline, so streams that are
/// not due cost nothing. A stream that has been posted to since it was queued goes back into the queue.
/// </summary>
public sealed class ExpiryQueue : IDisposable
{
    private const int FewSuperseded = 64;

    private readonly TimeProvider _time;
    private readonly Action<MessageStream> _expire;
    private readonly Lock _gate = new();
    private readonly PriorityQueue<MessageStream, Deadline> _queue = new();
    private int _superseded; // entries that say nothing any more
    private readonly ITimer _timer;

    /// <summary>Creates an empty queue that calls <paramref name="expire"/> for each stream whose time has run out.</summary>
    public ExpiryQueue(TimeProvider time, Action<MessageStream> expire)
    {
        (_time, _expire) = (time, expire);
        _timer = time.CreateTimer(_ => ExpireDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Schedules a check of the stream at its deadline, unless one is scheduled that comes no later.</summary>
    public void Watch(MessageStream stream)
    {
        lock (_gate)
        {
            var deadline = stream.Deadline;
            if (!stream.QueuedFor.IsNone && stream.QueuedFor <= deadline) return;
            Supersede(stream);
            Enqueue(stream, deadline);
            if (_queue.Peek() == stream) SetTimer();
        }
    }

    /// <summary>Lets go of a stream that ended before its deadline, which may be a day away.</summary>
    public void Forget(MessageStream stream)
    {
        lock (_gate) Supersede(stream);
    }

    /// <summary>How many streams are waited for, with those that were let go lately.</summary>
    public int Count
    {
        get { lock (_gate) return _queue.Count; }
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
                if (stream.QueuedFor != deadline)
                {
                    _superseded--;
                    continue;
                }

                stream.QueuedFor = Deadline.None;
                if (stream.TimeLeft <= TimeSpan.Zero) due.Add(stream);
                else Enqueue(stream, stream.Deadline);
            }

            SetTimer();
        }

        due.ForEach(_expire);
    }

    private void Supersede(MessageStream stream)
    {
        if (stream.QueuedFor.IsNone) return;
        stream.QueuedFor = Deadline.None;
        if (++_superseded <= FewSuperseded + (_queue.Count / 2)) return;
        var rest = _queue.UnorderedItems.Where(entry => entry.Element.QueuedFor == entry.Priority).ToList();
        _queue.Clear();
        _queue.EnqueueRange(rest);
        _superseded = 0;
    }

    private void Enqueue(MessageStream stream, Deadline deadline)
    {
        stream.QueuedFor = deadline;
        _queue.Enqueue(stream, deadline);
    }

    private void SetTimer()
    {
        if (_queue.TryPeek(out _, out var deadline)) _timer.Change(deadline.DueIn(_time), Timeout.InfiniteTimeSpan);
    }
}
