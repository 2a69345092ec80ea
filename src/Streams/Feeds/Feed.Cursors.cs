using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <content>The readers: their cursors, and waking them.</content>
public sealed partial class Feed
{
    private List<FeedCursor>? _waiting; // null while nobody listens: an idle stream must stay small
    private List<FeedCursor>? _spare;
    private bool _isWaking;
    private int _cursors;

    /// <summary>
    /// Opens a cursor just after <paramref name="last"/>, or at the head when that is null. If messages after
    /// <paramref name="last"/> may be gone, the cursor begins with a gap.
    /// </summary>
    internal FeedCursor Open(Timestamp? last, AsyncAutoResetEvent wakeup)
    {
        lock (_gate)
        {
            _cursors++;
            var cursor = new FeedCursor(this, wakeup)
            {
                NextMessage = _messages.Next, NextEvent = _events.Next, Misses = _misses, Position = last ?? NewestHeld,
            };
            if (last is not { } heard) return cursor;
            var missed = heard < _evicted || (!heard.IsNone && (heard < _begun || heard > NewestHeld));
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
            if (--_cursors == 0) RemoveEvents();
            else RemovePassedEvents();
        }
    }

    /// <summary>True when the cursor has something to read; otherwise the cursor is listed, to be woken when it has.</summary>
    internal bool IsReadyOrListed(FeedCursor cursor)
    {
        lock (_gate)
        {
            if (HasNews(cursor)) return true;
            if (!cursor.Listed) (_waiting ??= []).Add(cursor);
            cursor.Listed = true;
            RemovePassedEvents();
            return false;
        }
    }

    /// <summary>Copies the next frames into the batch, advances the cursor past them, and returns how many they are.</summary>
    internal int Take(FeedCursor cursor, Span<Frame> batch, int bytes)
    {
        lock (_gate)
        {
            var missed = HasMissed(cursor) || cursor.NextMessage < _messages.First || cursor.NextEvent < _missedEvents;
            cursor.NextMessage = Math.Max(cursor.NextMessage, _messages.First);
            cursor.NextEvent = Math.Max(cursor.NextEvent, _events.First);
            if (missed)
            {
                (cursor.Missed, cursor.Misses) = (false, _misses);
                SkipGone(cursor);
                return TakeGap(batch);
            }

            var taken = 0;
            while (taken < batch.Length && bytes > 0)
            {
                if (cursor.NextEvent < _events.Next && _events[cursor.NextEvent].Before <= cursor.NextMessage)
                    batch[taken] = _events[cursor.NextEvent++].Frame;
                else if (cursor.NextMessage == _messages.Next || (taken > 0 && _messages[cursor.NextMessage].IsGone)) break;
                else if (SkipGone(cursor)) return TakeGap(batch);
                else batch[taken] = _messages[cursor.NextMessage++];
                bytes -= batch[taken++].Bytes.Length;
            }

            cursor.Ended = taken == 0 && _closed;
            return taken;
        }
    }

    private int TakeGap(Span<Frame> batch)
    {
        batch[0] = FrameEncoder.Encode(new Notice { Name = NoticeName.Gap, Stream = _name.Value }, Timestamp.Now(_time));
        return 1;
    }

    /// <summary>Lets go of the events once every reader waits for the next: nobody will read them any more.</summary>
    private void RemovePassedEvents()
    {
        if (_events.Count > 0 && _waiting?.Count == _cursors && !_waiting.Exists(HasNews)) RemoveEvents();
    }

    private bool HasMissed(FeedCursor cursor) => cursor.Missed || cursor.Misses < _misses;

    private bool HasNews(FeedCursor cursor) =>
        HasMissed(cursor) || cursor.NextMessage < _messages.Next || cursor.NextEvent < _events.Next || _closed;

    /// <summary>
    /// Schedules a round that wakes the waiting readers, outside the lock and one after another in a single work item.
    /// Whatever is appended during a round is read in the next, many messages at a time, and posts never wait for readers.
    /// </summary>
    private void WakeReaders()
    {
        if (_waiting is null or { Count: 0 } || _isWaking) return; // a running round checks again when it ends
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
}
