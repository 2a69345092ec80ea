using Malten.Streams.Events;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <summary>
/// The events of one stream name, in the one order that every reader sees: the newest messages, as many as the stream
/// holds, and between them the latest events that are not messages. Readers are cursors on the feed. Thread-safe.
/// </summary>
public sealed partial class Feed : IThreadPoolWorkItem, IMessageHolder
{
    private readonly StreamName _name;
    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Ring<Frame> _messages = new(StreamLimits.Messages);
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
        get { lock (_gate) return _gone == 0 ? (int)(_messages.Next - FirstHeld) : Held(FirstHeld, _messages.Next).Count(); }
    }

    /// <summary>
    /// The timestamp of the newest message that it has had, held or not; <see cref="Timestamp.None"/> before the first.
    /// </summary>
    public Timestamp Newest
    {
        get { lock (_gate) return NewestHad; }
    }

    /// <summary>The timestamp of the newest message held, or <see cref="Timestamp.None"/>.</summary>
    public Timestamp NewestHeld
    {
        get { lock (_gate) return NewestPlace; }
    }

    private Timestamp NewestHad => Timestamp.Max(NewestPlace, _evicted);

    private Timestamp NewestPlace => _messages.Count == 0 ? Timestamp.None : _messages[_messages.Next - 1].Timestamp;

    /// <summary>
    /// Starts a stream whose messages are newer than <paramref name="floor"/>: a reader that resumes from an older
    /// timestamp may have missed something. <paramref name="evicted"/> is the newest message that the stream evicted
    /// elsewhere, if it did; <paramref name="keep"/>, how many it holds.
    /// </summary>
    public void Begin(Timestamp floor, Timestamp evicted = default, Retention keep = default)
    {
        lock (_gate) (_begun, _evicted, _keep) = (floor, evicted, keep.Messages);
    }

    /// <summary>Notes that messages up to this one were evicted elsewhere: a reader that resumes from before may have missed them.</summary>
    public void Skip(Timestamp evicted)
    {
        lock (_gate) _evicted = Timestamp.Max(_evicted, evicted);
    }

    /// <summary>The timestamp of the newest message that is no longer held or had to give way, or <see cref="Timestamp.None"/>.</summary>
    public Timestamp Evicted
    {
        get { lock (_gate) return Timestamp.Max(NewestNotHeld, _newestGone); }
    }

    /// <summary>
    /// Adds a message that is newer than all held and whose memory is reserved; a full feed evicts its oldest, and a closed
    /// one takes nothing. Returns the message that is no longer held from now on, if there is one; where none are held, that
    /// is the message itself.
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

            var oldest = _messages.IsFull ? Evict() : (Frame?)null;
            _messages.Add(message.Keep());
            message.Author?.AddMessage(this, message.Timestamp);
            EndGrowthAnsweredBy(message);
            WakeReaders();
            return Pass() ?? oldest;
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
            EndAllGrowth();
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

    /// <summary>
    /// The message with this id, kept for the caller, also where all but its text is still known; null when it is not.
    /// </summary>
    public Frame? Find(Guid id)
    {
        lock (_gate)
        {
            for (var ordinal = _messages.Next - 1; ordinal >= _messages.First; ordinal--)
                if (_messages[ordinal].Id == id)
                    return _messages[ordinal].Keep();
            return null;
        }
    }

    /// <summary>Whether a message that is held answers this command.</summary>
    public bool HasAnswer(Guid command)
    {
        lock (_gate)
        {
            for (var ordinal = _messages.Next - 1; ordinal >= _messages.First; ordinal--)
                if (_messages[ordinal].Answers(command))
                    return true;
            return false;
        }
    }

    /// <summary>
    /// The messages of a page, in the order of its direction, kept for the caller. It ends with the message that reaches the bytes.
    /// </summary>
    public IReadOnlyList<Frame> Page(PageDirection direction, int limit, Timestamp last, int maxBytes = int.MaxValue)
    {
        lock (_gate)
        {
            if (_gone > 0) return PageOfRest(direction, limit, last, maxBytes);
            if (direction == PageDirection.Forward && !last.IsNone) return Slice(HeldAfter(last), 1, limit, maxBytes);
            var end = last.IsNone ? _messages.Next : Math.Max(FirstHeld, FirstAt(last));
            if (direction == PageDirection.Backward) return Slice(end - 1, -1, limit, maxBytes);
            var start = Math.Max(FirstHeld, end - limit);
            return Slice(start, 1, (int)(end - start), maxBytes);
        }
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
        var most = Math.Min(limit, step > 0 ? _messages.Next - start : start + 1 - FirstHeld);
        var (count, bytes) = (0, 0L);
        for (; count < most && bytes < maxBytes; count++) bytes += _messages[start + (count * step)].Bytes.Length;
        var frames = new Frame[count];
        for (var i = 0; i < count; i++) frames[i] = _messages[start + (i * step)].Keep();
        return frames;
    }
}
