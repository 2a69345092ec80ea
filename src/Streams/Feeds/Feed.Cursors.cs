using Malten.Streams.Events;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <content>The readers: their cursors.</content>
public sealed partial class Feed
{
    private List<FeedCursor>? _waiting; // null while nobody listens: an idle stream must stay small
    private int _cursors;

    // What was let go while readers were copying. Where readers never pause, it is left to the garbage collector.
    private const int MostLetGo = StreamLimits.Messages;
    private static readonly TimeSpan LongestLetGo = TimeSpan.FromSeconds(10);

    private int _reading;
    private List<Frame>? _letGo;
    private long _letGoSince;

    /// <summary>
    /// Opens a cursor just after <paramref name="last"/>, or at the head when that is null. If messages after
    /// <paramref name="last"/> may be gone, the cursor begins with a gap.
    /// </summary>
    /// <param name="last">The last message heard.</param>
    /// <param name="wakeup">What is set when there is something to read.</param>
    /// <param name="forwards">Whether what it reads goes to readers elsewhere, who may ask for it again.</param>
    /// <param name="crowd">The listeners of its client, with whom it is told of presence.</param>
    internal FeedCursor Open(Timestamp? last, AsyncAutoResetEvent wakeup, bool forwards = false, Crowd? crowd = null)
    {
        lock (_gate)
        {
            var cursor = new FeedCursor(this, wakeup, forwards, crowd)
            {
                NextMessage = _messages.Next, NextEvent = _events.Next, NextGrowth = _nextGrowth, Misses = _misses,
                Position = last ?? NewestHad,
            };
            if (last is { } heard)
            {
                cursor.Missed = heard < NewestNotHeld || (!heard.IsNone && (heard < _begun || heard > NewestHad));
                cursor.NextMessage = heard > NewestHad ? FirstHeld : HeldAfter(heard);
            }

            Add(cursor);
            return cursor;
        }
    }

    internal void Remove(FeedCursor cursor)
    {
        lock (_gate)
        {
            EndReading(cursor);
            if (cursor.Listed) _waiting!.Remove(cursor);
            Subtract(cursor);
            TrimWaiting();
            if (_cursors == 0) RemoveEvents();
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

    /// <summary>
    /// Copies the next frames into the batch, advances the cursor past them, and returns how many they are. They are not
    /// overwritten before <see cref="Done"/>, or the next of these calls.
    /// </summary>
    internal int Take(FeedCursor cursor, Span<Frame> batch, int bytes)
    {
        lock (_gate)
        {
            EndReading(cursor);
            var from = cursor.NextMessage;
            var taken = TakeNext(cursor, batch, bytes);
            cursor.IsReading = taken > 0;
            if (taken > 0) _reading++;
            Move(from, cursor.NextMessage);
            return taken;
        }
    }

    private int TakeNext(FeedCursor cursor, Span<Frame> batch, int bytes)
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
            {
                var placed = _events[cursor.NextEvent++];
                if (!placed.IsFor(cursor)) continue;
                batch[taken] = placed.Frame;
            }
            else if (cursor.NextMessage == _messages.Next || (taken > 0 && _messages[cursor.NextMessage].IsGone)) break;
            else if (SkipGone(cursor)) return TakeGap(batch);
            else batch[taken] = _messages[cursor.NextMessage++];
            bytes -= batch[taken++].Bytes.Length;
        }

        if (_growing is not null && bytes > 0 && cursor.NextMessage == _messages.Next) taken += TakeGrowing(cursor, batch[taken..]);
        cursor.Ended = taken == 0 && _closed;
        return taken;
    }

    /// <summary>The reader has copied, or kept, what it took last.</summary>
    internal void Done(FeedCursor cursor)
    {
        lock (_gate) EndReading(cursor);
    }

    private void EndReading(FeedCursor cursor)
    {
        if (!cursor.IsReading) return;
        cursor.IsReading = false;
        if (--_reading > 0 || _letGo is null) return;
        foreach (var frame in _letGo) frame.LetGo();
        _letGo = null;
    }

    /// <summary>Lets go of a frame that the feed holds no more, once nobody is copying.</summary>
    private void LetGo(Frame frame)
    {
        if (_reading == 0)
        {
            frame.LetGo();
            return;
        }

        if (_letGo is null or { Count: MostLetGo } || _time.GetElapsedTime(_letGoSince) > LongestLetGo)
            (_letGo, _letGoSince) = ([], _time.GetTimestamp());
        _letGo.Add(frame);
    }

    private int TakeGap(Span<Frame> batch)
    {
        batch[0] = FrameEncoder.Encode(new Notice { Name = NoticeName.Gap, Stream = _name.Value }, Timestamp.Now(_time));
        return 1;
    }

    /// <summary>Lets go of the events once every reader waits for the next: nobody will read them any more.</summary>
    private void RemovePassedEvents()
    {
        if ((_events.Count > 0 || _growing is not null) && _waiting?.Count == _cursors && !_waiting.Exists(HasNews)) RemoveEvents();
    }

    private bool HasMissed(FeedCursor cursor) => cursor.Missed || cursor.Misses < _misses;

    private bool HasNews(FeedCursor cursor) =>
        HasMissed(cursor) || cursor.NextMessage < _messages.Next || HasEventFor(cursor) || HasGrowthFor(cursor) || _closed;

    /// <summary>Whether an event is for this reader. It passes those before, which are not.</summary>
    private bool HasEventFor(FeedCursor cursor)
    {
        while (cursor.NextEvent >= _events.First && cursor.NextEvent < _events.Next && !_events[cursor.NextEvent].IsFor(cursor)) cursor.NextEvent++;
        return cursor.NextEvent < _events.Next;
    }
}
