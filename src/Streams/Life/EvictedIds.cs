using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <summary>
/// Which messages a stream has evicted in the last 30 seconds: a post that is repeated in that time is recognized though its
/// message is no longer held. Remembers the latest 65,536. The caller locks.
/// </summary>
internal sealed class EvictedIds(Capacity capacity, TimeProvider time)
{
    // Longer than a node repeats a post by itself: for 12 seconds, and the last call may take 10 more.
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(30);

    private const int Most = 65_536;
    private const int Cost = 64;

    private readonly Dictionary<Guid, Timestamp> _ids = [];
    private readonly Queue<(Guid Id, Deadline Until)> _order = new();

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
    public void Add(EvictedMessage message)
    {
        Forget();
        if (_order.Count == Most) ForgetOldest();
        if (!_ids.TryAdd(message.Id, message.Created)) return;
        _order.Enqueue((message.Id, Deadline.In(Memory, time)));
        capacity.ChangeBytes(Cost);
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
        capacity.ChangeBytes(-Cost * _ids.Count);
        _ids.Clear();
        _order.Clear();
    }

    private void Forget()
    {
        while (_order.TryPeek(out var oldest) && oldest.Until.HasPassed(time)) ForgetOldest();
    }

    private void ForgetOldest()
    {
        _ids.Remove(_order.Dequeue().Id);
        capacity.ChangeBytes(-Cost);
    }
}

/// <summary>A message that is no longer held.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Created">When it was stored.</param>
public readonly record struct EvictedMessage(Guid Id, Timestamp Created);
