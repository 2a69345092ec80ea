using Malten.Streams.Events;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <summary>
/// The signals that wait for one listener: 256 at most, in the order in which they came. Each is counted to whoever sent it
/// until it is written, and is dropped when that client has to give way: where the memory is full, or where the queue is, of which
/// a client may have all while nobody else wants any. The bytes of one that waits for many listeners count once. Thread-safe.
/// </summary>
public sealed class SignalQueue(Capacity capacity) : IEventHolder
{
    private readonly Lock _gate = new();
    private Queue<(Frame Signal, Share Sender)>? _waiting; // null while nothing waits: an idle listener must stay small
    private bool _isClosed;

    /// <summary>Runs when there is something to take, and was not before.</summary>
    internal Action? Wake { get; set; }

    internal bool IsEmpty
    {
        get { lock (_gate) return _waiting is null; }
    }

    /// <summary>
    /// Has a signal wait until it is written, or says why it can't. Whoever says it has made room for it, once for all listeners,
    /// for whom it is put one after another. Called without any lock.
    /// </summary>
    public Refusal? Put(Frame signal)
    {
        bool isFirst;
        lock (_gate)
        {
            if (_isClosed) return Refusal.NotListening;
            if (_waiting?.Count >= StreamLimits.SignalsWaiting && !TryDropFor(signal.Client)) return Refusal.Busy;
            if (!capacity.TryAddBytes(Feed.Cost(signal))) return Refusal.Full;
            var cost = signal.Count(capacity.Whole) ? Feed.Cost(signal) : Feed.PlaceCost;
            capacity.ChangeBytes(cost - Feed.Cost(signal));
            var sender = capacity.Shares.Enter(signal.Client);
            sender.AddEvent(this, cost);
            sender.Leave();
            isFirst = _waiting is null;
            (_waiting ??= []).Enqueue((signal.Keep(), sender));
        }

        // Whoever waits goes on within the call, and may have a lot to write.
        if (isFirst) ThreadPool.UnsafeQueueUserWorkItem(static queue => queue.Wake?.Invoke(), this, preferLocal: false);
        return null;
    }

    /// <summary>Takes what came first, still kept, for the caller; false when nothing waits.</summary>
    internal bool TryTake(out Frame signal)
    {
        lock (_gate)
        {
            signal = default;
            if (_waiting is null) return false;
            (signal, var sender) = _waiting.Dequeue();
            Release(signal, sender);
            if (_waiting.Count == 0) _waiting = null;
            return true;
        }
    }

    /// <summary>Drops what waits, and takes nothing any more.</summary>
    internal void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Drop(_ => true);
        }
    }

    void IEventHolder.GiveUpEvents(Share of)
    {
        lock (_gate) Drop(sender => sender == of);
    }

    /// <summary>Drops the newest signal of whoever has most waiting; false where a client would then have no fewer itself.</summary>
    private bool TryDropFor(ClientKey client)
    {
        var most = _waiting!.CountBy(waiting => waiting.Sender).MaxBy(sender => sender.Value);
        if (_waiting!.Count(waiting => waiting.Sender.Client == client) + 1 >= most.Value) return false;
        var left = most.Value;
        Drop(sender => sender == most.Key && --left == 0);
        return true;
    }

    private void Drop(Predicate<Share> isOf)
    {
        if (_waiting is null) return;
        var kept = new Queue<(Frame Signal, Share Sender)>();
        foreach (var (signal, sender) in _waiting)
            if (!isOf(sender)) kept.Enqueue((signal, sender));
            else
            {
                Release(signal, sender);
                signal.LetGo();
            }

        _waiting = kept.Count > 0 ? kept : null;
    }

    private void Release(Frame signal, Share sender)
    {
        var cost = signal.Uncount(capacity.Whole) ? Feed.Cost(signal) : Feed.PlaceCost;
        sender.RemoveEvent(this, cost);
        capacity.ChangeBytes(-cost);
    }
}
