using Malten.Streams.Events;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <content>The memory that messages take: where it is counted, and letting go of it.</content>
public sealed partial class Feed
{
    private readonly bool _isShared; // its messages are counted to their authors by the feed that has them first
    private Capacity _messageCapacity;
    private long _messageBytes;

    /// <summary>How many bytes its messages take, with those that are reserved.</summary>
    public long MessageBytes => Volatile.Read(ref _messageBytes);

    /// <summary>The timestamp of the oldest message held, or <see cref="Timestamp.None"/>.</summary>
    public Timestamp OldestHeld
    {
        get { lock (_gate) return _messages.Count == 0 ? Timestamp.None : _messages[_messages.First].Timestamp; }
    }

    /// <summary>Counts the messages elsewhere from now on, those that are held too. None may be reserved at that moment.</summary>
    public void CountMessagesIn(Capacity capacity)
    {
        lock (_gate)
        {
            if (capacity == _messageCapacity) return;
            _messageCapacity.ChangeBytes(-MessageBytes);
            capacity.ChangeBytes(MessageBytes);
            _messageCapacity = capacity;
        }
    }

    /// <summary>Reserves memory for a message that will be appended.</summary>
    /// <exception cref="StreamRefusedException">The memory is full.</exception>
    public void Reserve(Frame message)
    {
        _messageCapacity.AddBytes(Cost(message));
        message.Count(_messageCapacity.Whole); // nobody else has it yet
        CountBytes(message, Cost(message));
    }

    /// <summary>
    /// Counts the memory of a message that must be held even where the memory is full, since another node holds it. A stream
    /// that goes on with a copy here shares its messages, and the node counts them once.
    /// </summary>
    public void Hold(Frame message)
    {
        if (_isShared || message.Count(_messageCapacity.Whole)) _messageCapacity.ChangeBytes(Cost(message));
        CountBytes(message, Cost(message));
    }

    /// <summary>Releases the memory of a message that is no longer held or will not be appended.</summary>
    public void Release(Frame message)
    {
        if (_isShared || message.Uncount(_messageCapacity.Whole)) _messageCapacity.ChangeBytes(-Cost(message));
        CountBytes(message, -Cost(message));
    }

    /// <summary>Evicts the oldest messages beyond so many.</summary>
    public void Shorten(int most)
    {
        lock (_gate)
            while (_messages.Count > most) Evict();
    }

    /// <summary>Evicts the oldest messages until so many bytes are let go, or all.</summary>
    public void EvictBytes(long bytes)
    {
        lock (_gate)
            for (var left = MessageBytes - bytes; MessageBytes > left && _messages.Count > 0;)
                Evict();
    }

    /// <summary>
    /// Takes back those of these messages, all that the stream holds, which are older than what is held here.
    /// <paramref name="evicted"/> is the newest message that the stream itself evicted.
    /// </summary>
    public void TakeBack(IReadOnlyList<Frame> messages, Timestamp evicted)
    {
        lock (_gate)
        {
            var newest = _messages.Count == 0 ? _evicted : _messages[_messages.First].Timestamp.Previous;
            foreach (var message in messages.Where(message => message.Timestamp <= newest).Reverse())
            {
                if (_messages.IsFull)
                {
                    evicted = Timestamp.Max(evicted, message.Timestamp);
                    break;
                }

                Hold(message);
                _messages.AddFirst(message.Keep());
            }

            _evicted = evicted;
            DropPassed(); // what is kept only until it is heard has been
        }
    }

    /// <summary>
    /// These messages, each in place of which the same one is held here already as it is held, so that it takes memory once.
    /// Kept for the caller.
    /// </summary>
    public IReadOnlyList<Frame> AsHeld(IReadOnlyList<Frame> messages)
    {
        lock (_gate) return [.. messages.Select(message => (FindHeld(message) ?? message).Keep())];
    }

    private Frame? FindHeld(Frame message) =>
        FirstAt(message.Timestamp) is var ordinal && ordinal < _messages.Next && _messages[ordinal] is { IsGone: false } held
        && held.Timestamp == message.Timestamp && held.Id == message.Id ? held : null;

    /// <summary>The memory that holding a frame takes: its bytes, the headers of their objects and a slot in the ring.</summary>
    internal static int Cost(Frame frame) => frame.Bytes.Length + PlaceCost;

    /// <summary>What a place takes for a frame whose bytes are held elsewhere too.</summary>
    internal const int PlaceCost = 96;

    private void CountBytes(Frame message, long bytes)
    {
        Interlocked.Add(ref _messageBytes, bytes);
        if (!_isShared) message.Author?.Add(Resource.Bytes, bytes);
    }

    private Frame Evict()
    {
        var oldest = _messages.RemoveFirst();
        _evicted = Timestamp.Max(_evicted, oldest.Timestamp); // a later one may have given way elsewhere
        Drop(oldest);
        return oldest;
    }
}
