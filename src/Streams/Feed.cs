namespace Malten.Streams;

/// <summary>
/// The line of events of one stream name, in the one order that every reader sees: the newest 1024 messages, and between
/// them the latest events that are not messages. Readers are cursors on it. Safe for use by many threads.
/// </summary>
public sealed class Feed : IThreadPoolWorkItem
{
    // An event only matters to those who listen when it happens; this many may wait for the slowest of them.
    private const int EventsHeld = 64;

    private readonly StreamName _name;
    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Ring<Frame> _messages = new(StreamLimits.Messages);
    private readonly Ring<PlacedEvent> _events = new(EventsHeld);
    private List<FeedCursor>? _waiting; // none while nobody listens: an idle stream must stay small
    private List<FeedCursor>? _spare;
    private bool _isWaking;
    private int _cursors;
    private long _missedEvents;
    private long _begun;
    private long _evicted;
    private bool _closed;

    /// <summary>Makes an empty feed whose bytes count against <paramref name="capacity"/>.</summary>
    public Feed(StreamName name, Capacity capacity, TimeProvider time) =>
        (_name, _capacity, _time) = (name, capacity, time);

    /// <summary>The messages held.</summary>
    public int Count
    {
        get { lock (_gate) return _messages.Count; }
    }

    /// <summary>The timestamp of the newest message held, or 0.</summary>
    public long Newest
    {
        get { lock (_gate) return NewestHeld; }
    }

    private long NewestHeld => _messages.Count == 0 ? 0 : _messages[_messages.Next - 1].Timestamp;

    /// <summary>
    /// A stream of this name begins after <paramref name="floor"/> (Unix nanoseconds): who has heard anything older can't
    /// be told that he missed nothing. With <paramref name="evicted"/>, it is one that has lost messages up to that one.
    /// </summary>
    public void Begin(long floor, long evicted = 0)
    {
        lock (_gate) (_begun, _evicted) = (floor, evicted);
    }

    /// <summary>The timestamp of the newest message that gave way to another, or 0.</summary>
    public long Evicted
    {
        get { lock (_gate) return _evicted; }
    }

    /// <summary>Makes room for a message that will be appended.</summary>
    /// <exception cref="StreamRefusedException">The memory is full.</exception>
    public void Reserve(Frame message) => _capacity.AddBytes(Cost(message));

    /// <summary>Gives back the room of a message that will not be appended.</summary>
    public void Release(Frame message) => _capacity.ChangeBytes(-Cost(message));

    /// <summary>Adds a message newer than all held, for which room was made; the oldest of 1024 gives way.</summary>
    public void Append(Frame message)
    {
        lock (_gate)
        {
            if (_messages.IsFull)
            {
                var oldest = _messages.RemoveFirst();
                _evicted = oldest.Timestamp;
                Release(oldest);
            }

            _messages.Add(message);
            WakeReaders();
        }
    }

    /// <summary>
    /// Adds an event that is not a message, for those who listen now. A reader that the event has not reached when it
    /// must give way is told of a gap, unless the event was a passing one.
    /// </summary>
    public void Announce(Frame announcement)
    {
        lock (_gate)
        {
            if (_cursors == 0) return;
            if (_events.IsFull) RemoveFirstEvent();
            _events.Add(new PlacedEvent(announcement, _messages.Next));
            _capacity.ChangeBytes(Cost(announcement));
            WakeReaders();
        }
    }

    /// <summary>Forgets all messages: the stream has ended.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            while (_messages.Count > 0) _capacity.ChangeBytes(-Cost(_messages.RemoveFirst()));
            _messages.Clear();
            _evicted = 0;
        }
    }

    /// <summary>Ends every reader once it has read what is there.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            WakeReaders();
        }
    }

    /// <summary>The message that has this id, if it is still held.</summary>
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

    /// <summary>The messages that a page asks for, in the order in which it asks.</summary>
    public IReadOnlyList<Frame> Page(PageDirection direction, int limit, long last)
    {
        lock (_gate)
        {
            if (direction == PageDirection.Forward && last != 0) return Slice(FirstAfter(last), limit);
            var end = last == 0 ? _messages.Next : FirstAfter(last - 1);
            var start = Math.Max(_messages.First, end - limit);
            var newest = Slice(start, (int)(end - start));
            if (direction == PageDirection.Backward) Array.Reverse(newest);
            return newest;
        }
    }

    /// <summary>
    /// Opens a cursor: behind everything held that is newer than <paramref name="last"/>, or at the head when that is
    /// null. Where something after it is gone, the cursor begins with a gap.
    /// </summary>
    internal FeedCursor Open(long? last, Wakeup wakeup)
    {
        lock (_gate)
        {
            _cursors++;
            var cursor = new FeedCursor(this, wakeup)
            {
                NextMessage = _messages.Next, NextEvent = _events.Next, Position = last ?? NewestHeld,
            };
            if (last is not { } heard) return cursor;
            var missed = heard < _evicted || (heard > 0 && (heard < _begun || heard > NewestHeld));
            cursor.Missed = missed;
            cursor.NextMessage = heard > NewestHeld ? _messages.First : FirstAfter(heard);
            return cursor;
        }
    }

    internal void Remove(FeedCursor cursor)
    {
        lock (_gate)
        {
            if (cursor.Listed) _waiting!.Remove(cursor);
            if (--_cursors > 0) return;
            while (_events.Count > 0) RemoveFirstEvent();
            _events.Clear();
        }
    }

    /// <summary>True when the cursor has something to read; otherwise it will be woken when it has.</summary>
    internal bool IsReadyOrListed(FeedCursor cursor)
    {
        lock (_gate)
        {
            if (HasNews(cursor)) return true;
            if (!cursor.Listed) (_waiting ??= []).Add(cursor);
            cursor.Listed = true;
            return false;
        }
    }

    /// <summary>Moves the cursor over what fits into the batch and returns how many frames that is.</summary>
    internal int Take(FeedCursor cursor, Span<Frame> batch, int bytes)
    {
        lock (_gate)
        {
            var missed = cursor.Missed || cursor.NextMessage < _messages.First || cursor.NextEvent < _missedEvents;
            cursor.NextMessage = Math.Max(cursor.NextMessage, _messages.First);
            cursor.NextEvent = Math.Max(cursor.NextEvent, _events.First);
            if (missed)
            {
                cursor.Missed = false;
                batch[0] = FrameEncoder.Encode(new Notice { Name = Notice.Gap, Stream = _name.Value }, Timestamp.Now(_time));
                return 1;
            }

            var taken = 0;
            while (taken < batch.Length && bytes > 0)
            {
                if (cursor.NextEvent < _events.Next && _events[cursor.NextEvent].Before <= cursor.NextMessage)
                    batch[taken] = _events[cursor.NextEvent++].Frame;
                else if (cursor.NextMessage < _messages.Next)
                    batch[taken] = _messages[cursor.NextMessage++];
                else break;
                bytes -= batch[taken++].Bytes.Length;
            }

            cursor.Ended = taken == 0 && _closed;
            return taken;
        }
    }

    /// <summary>What a frame costs to hold: its bytes, their header and a place in the ring.</summary>
    internal static int Cost(Frame frame) => frame.Bytes.Length + 64;

    private bool HasNews(FeedCursor cursor) =>
        cursor.Missed || cursor.NextMessage < _messages.Next || cursor.NextEvent < _events.Next || _closed;

    private void RemoveFirstEvent()
    {
        var gone = _events.RemoveFirst();
        if (gone.Frame.Kind != FrameKind.Passing) _missedEvents = _events.First;
        _capacity.ChangeBytes(-Cost(gone.Frame));
    }

    /// <summary>
    /// Sees to it that the waiting readers run, outside the lock and one after another in one work item: what is appended
    /// while a round goes on is read in the next, many messages at a time, and posts do not queue behind all readers.
    /// </summary>
    private void WakeReaders()
    {
        if (_waiting is null or { Count: 0 } || _isWaking) return; // a round that goes on looks again when it ends
        _isWaking = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        List<FeedCursor> woken;
        lock (_gate)
        {
            (woken, _waiting) = (_waiting!, _spare ?? []);
            foreach (var cursor in woken) cursor.Listed = false;
        }

        foreach (var cursor in woken) cursor.Wakeup.Set();
        woken.Clear();
        lock (_gate)
        {
            _spare = woken;
            _isWaking = false;
            if (_waiting!.Exists(HasNews)) WakeReaders();
        }
    }

    private long FirstAfter(long timestamp)
    {
        var (low, high) = (_messages.First, _messages.Next);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_messages[middle].Timestamp <= timestamp) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private Frame[] Slice(long start, int limit)
    {
        var frames = new Frame[Math.Min(limit, _messages.Next - start)];
        for (var i = 0; i < frames.Length; i++) frames[i] = _messages[start + i];
        return frames;
    }

    /// <summary>An event and the ordinal of the message before which it takes its turn.</summary>
    private readonly record struct PlacedEvent(Frame Frame, long Before);
}
