using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <summary>
/// Which messages a stream has evicted in the last 30 seconds: a post that is repeated in that time is recognized though its
/// message is no longer held. Remembers the latest 65,536, and none for longer than a minute. The caller locks.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="gate">The lock of the caller, which is taken to forget.</param>
/// <param name="count">
/// Counts the bytes that the ids take, negative ones where they take them no more; and whether they are of whoever began the stream.
/// </param>
internal sealed class EvictedIds(TimeProvider time, Lock gate, Action<long, bool> count)
{
    // Longer than a node repeats a post by itself: for 12 seconds, and the last call may take 10 more.
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(30);

    private const int Most = 65_536;
    private const int Cost = 64;

    private readonly Dictionary<Guid, Timestamp> _ids = [];
    private readonly Queue<(Guid Id, Deadline Until, bool IsOwn)> _order = new();
    private Deadline _until; // when the newest may be forgotten
    private ITimer? _timer; // null while none is remembered: an idle stream must stay small

    /// <summary>All of them, the oldest first.</summary>
    public IReadOnlyList<EvictedMessage> All
    {
        get
        {
            Forget();
            return [.. _order.Select(entry => new EvictedMessage(entry.Id, _ids[entry.Id]))];
        }
    }

    /// <summary>Remembers a message that was evicted now.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isOwn">Whether whoever began the stream has posted it.</param>
    public void Add(EvictedMessage message, bool isOwn)
    {
        Forget();
        if (_order.Count == Most) ForgetOldest();
        if (!_ids.TryAdd(message.Id, message.Created)) return;
        _until = Deadline.In(Memory, time);
        _order.Enqueue((message.Id, _until, isOwn));
        count(Cost, isOwn);
        _timer ??= time.CreateTimer(static ids => ((EvictedIds)ids!).ForgetInTime(), this, Memory, Timeout.InfiniteTimeSpan);
    }

    /// <summary>When the message with that id was stored; null when it is not remembered.</summary>
    public Timestamp? Find(Guid id)
    {
        Forget();
        return _ids.TryGetValue(id, out var created) ? created : null;
    }

    /// <summary>Forgets all: the stream has ended.</summary>
    public void Clear()
    {
        var own = _order.Count(entry => entry.IsOwn);
        count(-Cost * own, true);
        count(-Cost * (_order.Count - own), false);
        _ids.Clear();
        _order.Clear();
        _ids.TrimExcess(); // otherwise they would take as much room as ever
        _order.TrimExcess();
        _timer?.Dispose();
        _timer = null;
    }

    /// <summary>What nobody asks about is forgotten too: all, once the newest may be.</summary>
    private void ForgetInTime()
    {
        lock (gate)
        {
            if (_timer is null) return; // the stream has ended meanwhile
            Forget();
            if (_ids.Count == 0) Clear();
            else _timer.Change(_until.DueIn(time), Timeout.InfiniteTimeSpan);
        }
    }

    private void Forget()
    {
        while (_order.TryPeek(out var oldest) && oldest.Until.HasPassed(time)) ForgetOldest();
    }

    private void ForgetOldest()
    {
        var oldest = _order.Dequeue();
        _ids.Remove(oldest.Id);
        count(-Cost, oldest.IsOwn);
    }
}

/// <summary>A message that is no longer held.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Created">When it was stored.</param>
public readonly record struct EvictedMessage(Guid Id, Timestamp Created);
