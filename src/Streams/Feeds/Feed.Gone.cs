using Malten.Streams.Events;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <content>
/// Messages that have to give way to other clients. Such a message leaves its place behind: a reader who comes to it gets a
/// <c>gap</c> event there, and a repeated post of it is recognized.
/// </content>
public sealed partial class Feed
{
    private int _gone;
    private Timestamp _newestGone;
    private long _lastDropped; // a timestamp; everything up to it is gone

    void IMessageHolder.GiveUp(Timestamp message)
    {
        lock (_gate)
        {
            var ordinal = FirstAt(message);
            if (ordinal == _messages.Next || _messages[ordinal] is not { IsGone: false } held || held.Timestamp != message) return;
            var place = held with { Bytes = [] };
            held.Author?.RemoveMessage();
            Hold(place);
            Release(held);
            _messages[ordinal] = place.Keep();
            LetGo(held);
            _gone++;
            _newestGone = Timestamp.Max(_newestGone, message);
        }
    }

    void IEventHolder.GiveUpEvents(Share of)
    {
        lock (_gate)
        {
            RemoveEvents(); // whoever had not read them gets a gap
            WakeReaders();
        }
    }

    bool IMessageHolder.IsGone(Timestamp message) => message.Nanoseconds <= Volatile.Read(ref _lastDropped);

    /// <summary>Whether it holds a message of another client.</summary>
    internal bool HoldsOfOthers(Share author)
    {
        lock (_gate) return Held(_messages.First, _messages.Next).Any(message => message.Author != author);
    }

    /// <summary>The places of messages that had to give way.</summary>
    internal IReadOnlyList<Frame> GonePlaces
    {
        get { lock (_gate) return _gone == 0 ? [] : [.. All(FirstHeld, _messages.Next).Where(message => message.IsGone)]; }
    }

    private void Drop(Frame message)
    {
        if (message.IsGone) _gone--;
        else message.Author?.RemoveMessage();
        Release(message);
        LetGo(message);
        Volatile.Write(ref _lastDropped, message.Timestamp.Nanoseconds);
    }

    /// <summary>Moves a cursor past places of messages that are gone; true when there was one.</summary>
    private bool SkipGone(FeedCursor cursor)
    {
        var start = cursor.NextMessage;
        while (cursor.NextMessage < _messages.Next && _messages[cursor.NextMessage].IsGone) cursor.NextMessage++;
        return cursor.NextMessage > start;
    }

    private Frame[] PageOfRest(PageDirection direction, int limit, Timestamp last, int maxBytes)
    {
        if (direction == PageDirection.Forward && !last.IsNone)
            return Piece(Held(HeldAfter(last), _messages.Next).Take(limit), maxBytes);
        Frame[] newest = [.. Held(FirstHeld, last.IsNone ? _messages.Next : FirstAt(last)).TakeLast(limit)];
        if (direction == PageDirection.Backward) Array.Reverse(newest);
        return Piece(newest, maxBytes);
    }

    private static Frame[] Piece(IEnumerable<Frame> frames, int maxBytes)
    {
        var bytes = 0L;
        return [.. frames.TakeWhile(frame => bytes < maxBytes && (bytes += frame.Bytes.Length) >= 0).Select(frame => frame.Keep())];
    }

    private IEnumerable<Frame> Held(long start, long end) => All(start, end).Where(message => !message.IsGone);

    private IEnumerable<Frame> All(long start, long end)
    {
        for (var ordinal = start; ordinal < end; ordinal++) yield return _messages[ordinal];
    }
}
