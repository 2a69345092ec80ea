using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <content>
/// Messages that the stream no longer holds and some reader has yet to read. Such a message stays until every reader has
/// passed it, but not longer than <see cref="LongestPassing"/>; no page shows it, and whoever comes now does not get it. Where
/// messages are forwarded, it stays for that time, since a push may be lost and its receiver ask for it again.
/// </content>
public sealed partial class Feed
{
    /// <summary>How long a message may stay that is no longer held.</summary>
    public static readonly TimeSpan LongestPassing = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan PassingRound = LongestPassing / 2;

    private int _keep = StreamLimits.Messages;
    private int _forwarders;
    private long _passed; // no reader has yet to read a message before it
    private long _mark; // readers are counted by whether they have come as far
    private int _behind; // how many have not
    private int _atHead; // how many have read all there is
    private long _old; // messages before it have been passing for a round
    private long _young; // those before it were passing when the round began
    private ITimer? _passing; // null while nothing passes: an idle stream must stay small

    /// <summary>The ordinal of the oldest message that the stream holds.</summary>
    private long FirstHeld => Math.Max(_messages.First, _messages.Next - _keep);

    private Timestamp NewestNotHeld => FirstHeld is var first && first > _messages.First
        ? Timestamp.Max(_evicted, _messages[first - 1].Timestamp)
        : _evicted;

    private long HeldAfter(Timestamp timestamp) => Math.Max(FirstHeld, FirstAfter(timestamp));

    /// <summary>
    /// The messages after a timestamp, those too that are passing, kept for the caller; and the newest message that is gone, so that somebody who
    /// has come as far as that timestamp knows whether they lack one.
    /// </summary>
    internal (IReadOnlyList<Frame> Messages, Timestamp Gone) After(Timestamp timestamp)
    {
        lock (_gate) return ([.. Held(FirstAfter(timestamp), _messages.Next).Select(message => message.Keep())], Timestamp.Max(_evicted, _newestGone));
    }

    /// <summary>A message has been added: returns the one that is no longer held for it, if there is one.</summary>
    private Frame? Pass()
    {
        var first = _messages.Next - _keep;
        var passes = first > _messages.First ? _messages[first - 1] : (Frame?)null;
        _atHead = 0;
        Advance();
        return passes;
    }

    private void Add(FeedCursor cursor)
    {
        _cursors++;
        if (cursor.Forwards) _forwarders++;
        if (cursor.NextMessage < _mark) _behind++;
        if (cursor.NextMessage == _messages.Next) _atHead++;
        _passed = Math.Min(_passed, cursor.NextMessage);
    }

    private void Subtract(FeedCursor cursor)
    {
        _cursors--;
        if (cursor.Forwards) _forwarders--;
        if (cursor.NextMessage < _mark) _behind--;
        if (cursor.NextMessage == _messages.Next) _atHead--;
        Advance();
    }

    private void Move(long from, long to)
    {
        if (from == to) return;
        if (from < _mark && to >= _mark) _behind--;
        if (to == _messages.Next) _atHead++;
        Advance();
    }

    /// <summary>Notes how far all readers have come, and lets go of what they have passed.</summary>
    private void Advance()
    {
        while (_behind == 0 && _passed < _messages.Next)
            (_passed, _mark, _behind) = (_mark, _messages.Next, _cursors - _atHead);
        DropPassed();
    }

    private void DropPassed()
    {
        var end = Math.Min(FirstHeld, _forwarders > 0 ? _old : Math.Max(_old, _passed));
        while (_messages.First < end) Evict();
        if (_passing is not null || _messages.First == FirstHeld) return;
        _young = FirstHeld;
        _passing = _time.CreateTimer(static feed => ((Feed)feed!).EndRound(), this, PassingRound, Timeout.InfiniteTimeSpan);
    }

    private void EndRound()
    {
        lock (_gate)
        {
            (_old, _young) = (_young, FirstHeld);
            DropPassed();
            if (_messages.First < FirstHeld)
            {
                _passing!.Change(PassingRound, Timeout.InfiniteTimeSpan);
                return;
            }

            _passing!.Dispose();
            _passing = null;
        }
    }
}
