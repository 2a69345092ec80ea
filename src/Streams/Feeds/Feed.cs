using Malten.Streams.Events;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <summary>
/// The events of one stream name, in the one order that every reader sees: the newest 1024 messages, and between them
/// the latest events that are not messages. Readers are cursors on the feed. Thread-safe.
/// </summary>
public sealed partial class Feed : IThreadPoolWorkItem, IMessageHolder
{
    // Events matter only to the listeners of the moment; this many are kept for the slowest of them.
    private const int EventsHeld = 64;

    private readonly StreamName _name;
    private readonly Capacity _capacity;
    private Capacity _messageCapacity;
    private readonly bool _isShared; // its messages are counted to their authors by the feed that has them first
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Ring<Frame> _messages = new(StreamLimits.Messages);
    private readonly Ring<PlacedEvent> _events = new(EventsHeld);
    private long _missedEvents;
    private int _misses;
    private Timestamp _begun;
    private Timestamp _evicted;
    private bool _closed;

    /// <summary>
    /// Creates an empty feed whose bytes count against <paramref name="capacity"/>; those of its messages against
    /// <paramref name="messageCapacity"/>, if there is one.
    /// </summary>
    public Feed(StreamName name, Capacity capacity, TimeProvider time, Capacity? messageCapacity = null) =>
        (_name, _capacity, _time, _messageCapacity, _isShared) = (name, capacity, time, messageCapacity ?? capacity, messageCapacity is not null);

    /// <summary>How many messages are held.</summary>
    public int Count
    {
        get { lock (_gate) return _messages.Count - _gone; }
    }

    /// <summary>The timestamp of the newest message held, or <see cref="Timestamp.None"/>.</summary>
    public Timestamp Newest
    {
        get { lock (_gate) return NewestHeld; }
    }

    private Timestamp NewestHeld => _messages.Count == 0 ? Timestamp.None : _messages[_messages.Next - 1].Timestamp;

    /// <summary>
    /// Starts a stream whose messages are newer than <paramref name="floor"/>: a reader that resumes from an older
    /// timestamp may have missed something. <paramref name="evicted"/> is the newest message that the stream evicted
    /// elsewhere, if it did.
    /// </summary>
    public void Begin(Timestamp floor, Timestamp evicted = default)
    {
        lock (_gate) (_begun, _evicted) = (floor, evicted);
    }

    /// <summary>The timestamp of the newest message that was evicted or had to give way, or <see cref="Timestamp.None"/>.</summary>
    public Timestamp Evicted
    {
        get { lock (_gate) return Timestamp.Max(_evicted, _newestGone); }
    }

    /// <summary>Counts the messages elsewhere from now on, those that are held too. None may be reserved at that moment.</summary>
    public void CountMessagesIn(Capacity capacity)
    {
        lock (_gate)
        {
            if (capacity == _messageCapacity) return;
            var bytes = 0L;
            for (var ordinal = _messages.First; ordinal < _messages.Next; ordinal++) bytes += Cost(_messages[ordinal]);
            _messageCapacity.ChangeBytes(-bytes);
            capacity.ChangeBytes(bytes);
            _messageCapacity = capacity;
        }
    }

    /// <summary>Reserves memory for a message that will be appended.</summary>
    /// <exception cref="StreamRefusedException">The memory is full.</exception>
    public void Reserve(Frame message)
    {
        _messageCapacity.AddBytes(Cost(message));
        CountToAuthor(message, Cost(message));
    }

    /// <summary>Counts the memory of a message that must be held even where the memory is full, since another node holds it.</summary>
    public void Hold(Frame message)
    {
        _messageCapacity.ChangeBytes(Cost(message));
        CountToAuthor(message, Cost(message));
    }

    /// <summary>Releases the memory of a message that is no longer held or will not be appended.</summary>
    public void Release(Frame message)
    {
        _messageCapacity.ChangeBytes(-Cost(message));
        CountToAuthor(message, -Cost(message));
    }

    /// <summary>
    /// Adds a message that is newer than all held and whose memory is reserved; a full feed evicts its oldest, and a closed
    /// one takes nothing. Returns the message that was evicted, if one was.
    /// </summary>
    public Frame? Append(Frame message)
    {
        lock (_gate)
        {
            if (_closed)
            {
                Release(message);
                return null;
            }

            var oldest = _messages.IsFull ? _messages.RemoveFirst() : (Frame?)null;
            if (oldest is { } evicted)
            {
                _evicted = evicted.Timestamp;
                Drop(evicted);
            }

            _messages.Add(message);
            message.Author?.AddMessage(this, message.Timestamp);
            WakeReaders();
            return oldest;
        }
    }

    /// <summary>
    /// Adds an event that is not a message, for the current readers. When too many events are held, the oldest is
    /// dropped; a reader that had not read it gets a <c>gap</c> event, unless the dropped event was a passing one. A passing
    /// event is left out where the memory is full.
    /// </summary>
    public void Announce(Frame announcement)
    {
        lock (_gate)
        {
            if (_closed || _cursors == 0) return;
            if (announcement.Kind != FrameKind.Passing) _capacity.ChangeBytes(Cost(announcement));
            else if (!_capacity.TryAddBytesForListeners(Cost(announcement))) return;
            Place(announcement);
        }
    }

    /// <summary>
    /// The same for an event that may be refused; false when the memory is full. One that <paramref name="isElsewhere"/> was
    /// accepted by the node that has the stream, and the listeners here are to hear it while there is room for listeners.
    /// </summary>
    public bool TryAnnounce(Frame announcement, bool isElsewhere = false)
    {
        lock (_gate)
        {
            if (_closed || _cursors == 0) return true;
            var cost = Cost(announcement);
            if (!(isElsewhere ? _capacity.TryAddBytesForListeners(cost) : _capacity.TryAddBytes(cost))) return false;
            Place(announcement);
            return true;
        }
    }

    /// <summary>Drops all messages, because the stream has ended.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            while (_messages.Count > 0) Drop(_messages.RemoveFirst());
            _messages.Clear();
            (_evicted, _newestGone) = (Timestamp.None, Timestamp.None);
        }
    }

    /// <summary>Completes every reader once it has read what is held. Nothing is added any more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            WakeReaders();
        }
    }

    /// <summary>The message with this id, also where all but its text is still known; null when it is not.</summary>
    public Frame? Find(Guid id)
    {
        lock (_gate)
        {
            for (var ordinal = _messages.Next - 1; ordinal >= _messages.First; ordinal--)
                if (_messages[ordinal].Id == id)
                    return _messages[ordinal];
            return null;
        }
    }

    /// <summary>The messages of a page, in the order of its direction. It ends with the message that reaches the bytes.</summary>
    public IReadOnlyList<Frame> Page(PageDirection direction, int limit, Timestamp last, int maxBytes = int.MaxValue)
    {
        lock (_gate)
        {
            if (_gone > 0) return PageOfRest(direction, limit, last, maxBytes);
            if (direction == PageDirection.Forward && !last.IsNone) return Slice(FirstAfter(last), 1, limit, maxBytes);
            var end = last.IsNone ? _messages.Next : FirstAt(last);
            if (direction == PageDirection.Backward) return Slice(end - 1, -1, limit, maxBytes);
            var start = Math.Max(_messages.First, end - limit);
            return Slice(start, 1, (int)(end - start), maxBytes);
        }
    }

    /// <summary>The memory that holding a frame takes: its bytes, the array header and a slot in the ring.</summary>
    internal static int Cost(Frame frame) => frame.Bytes.Length + 64;


    /// <summary>Has every reader told of a gap: an event could not be held. What is held is read after that.</summary>
    public void Miss()
    {
        lock (_gate)
        {
            if (_closed || _cursors == 0) return;
            _misses++;
            WakeReaders();
        }
    }

    private void Place(Frame announcement)
    {
        announcement.Author?.AddEvent(this, Cost(announcement));
        if (_events.IsFull) RemoveFirstEvent();
        _events.Add(new PlacedEvent(announcement, _messages.Next));
        WakeReaders();
    }

    private void RemoveEvents()
    {
        while (_events.Count > 0) RemoveFirstEvent();
        _events.Clear();
    }

    private void RemoveFirstEvent()
    {
        var gone = _events.RemoveFirst();
        if (gone.Frame.Kind != FrameKind.Passing) _missedEvents = _events.First;
        gone.Frame.Author?.RemoveEvent(this, Cost(gone.Frame));
        _capacity.ChangeBytes(-Cost(gone.Frame));
    }

    private long FirstAfter(Timestamp timestamp) => First(message => message.Timestamp > timestamp);

    private long FirstAt(Timestamp timestamp) => First(message => message.Timestamp >= timestamp);

    /// <summary>The ordinal of the first message that satisfies the predicate, as all messages after it must.</summary>
    private long First(Predicate<Frame> isBeyond)
    {
        var (low, high) = (_messages.First, _messages.Next);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (isBeyond(_messages[middle])) high = middle;
            else low = middle + 1;
        }

        return low;
    }

    private Frame[] Slice(long start, int step, int limit, int maxBytes)
    {
        var most = Math.Min(limit, step > 0 ? _messages.Next - start : start + 1 - _messages.First);
        var (count, bytes) = (0, 0L);
        for (; count < most && bytes < maxBytes; count++) bytes += _messages[start + (count * step)].Bytes.Length;
        var frames = new Frame[count];
        for (var i = 0; i < count; i++) frames[i] = _messages[start + (i * step)];
        return frames;
    }

    /// <summary>An event, and the ordinal of the message before which it is read.</summary>
    private readonly record struct PlacedEvent(Frame Frame, long Before);
}
