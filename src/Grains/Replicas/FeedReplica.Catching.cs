using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Grains.Replicas;

/// <content>Pushes and answers to subscriptions: which is taken when.</content>
internal sealed partial class FeedReplica
{
    /// <summary>
    /// Takes the answer to a subscription, and then the pushes that had to wait for it. Of an answer that something else has
    /// overtaken, only the messages are taken that are new here. False when pushes still wait: ask again.
    /// </summary>
    public bool Take(FeedUpdate update, ReplicaState asked)
    {
        lock (Gate)
        {
            if (_isDropped || update.Wanted) return true; // the gateway offers its stream first, and then asks again
            var isCurrent = TakeAnswer(update, asked);
            Charge();
            return isCurrent;
        }
    }

    private bool TakeAnswer(FeedUpdate update, ReplicaState asked)
    {
        if (asked.Changes != _changes) return TakeOvertaken(update, asked);
        _changes++;
        if (_activation != update.Activation)
        {
            (_activation, _pushed, _newestPushed) = (update.Activation, 0, 0);
            _presencePushed.Clear();
        }

        if (_stream is not null && _stream.Begun != update.Stream?.Begun) End();
        if (update.Stream is { } stream)
        {
            if (_stream is null) Begin(stream);
            else if (asked.ForAll) TakeBack(stream);
            CatchUp(stream, update.Pushed);
            SetTimeLeft(stream.TimeLeft);
        }

        var audience = AudienceSize;
        _elsewhere = update.Elsewhere;
        ExpectListeners(audience);
        (_position, _pushed) = (Timestamp.Max(_position, update.Position), update.Pushed);
        ApplyWaiting();
        _waiting.RemoveAll(waiting => !IsEarly(waiting));
        return _waiting.Count == 0;
    }

    // A push, or another answer, came after this one was asked for. It may have told the end of the stream, or another
    // activation's truth, so the answer is believed only where it is about the stream that this replica has now.
    private bool TakeOvertaken(FeedUpdate update, ReplicaState asked)
    {
        // Whoever pushed before the question and does not answer it was replaced: what it pushed would wait for ever.
        if (update.Activation == _activation) _waiting.RemoveAll(late => late.Number <= asked.Waited && late.Push.Activation != _activation);
        if (_stream is null || update.Activation != _activation || update.Stream?.Begun != _stream.Begun) return _waiting.Count == 0;
        if (asked.ForAll) TakeBack(update.Stream);
        CatchUp(update.Stream, update.Pushed);
        if (update.Pushed > _pushed)
        {
            var audience = AudienceSize;
            (_pushed, _elsewhere) = (update.Pushed, update.Elsewhere);
            _position = Timestamp.Max(_position, update.Position);
            ExpectListeners(audience);
            SetTimeLeft(update.Stream.TimeLeft);
        }

        ApplyWaiting();
        return _waiting.Count == 0;
    }

    private void ApplyWaiting()
    {
        SortWaiting();
        for (var i = 0; i < _waiting.Count;)
        {
            if (TryApply(_waiting[i].Push))
            {
                _waiting.RemoveAt(i);
                i = 0; // one that was passed over may be next now
            }
            else
            {
                i++;
            }
        }
    }

    /// <summary>Takes what an answer brings, and in its place among that what the pushes carry that wait and that it covers.</summary>
    private void CatchUp(StreamSnapshot stream, long pushed)
    {
        SortWaiting();
        foreach (var (push, _) in _waiting.FindAll(waiting => IsCovered(waiting.Push, stream, pushed)))
        {
            if (_position < push.Previous) SkipEvicted(stream);
            Append(stream.Messages.Where(message => message.Timestamp <= push.Previous));
            foreach (var frame in push.Frames)
                if (frame.IsMessage) Append([frame]);
                else AnnounceUnlessOld(frame, push.Number);
        }

        _waiting.RemoveAll(waiting => IsCovered(waiting.Push, stream, pushed));
        SkipEvicted(stream);
        Append(stream.Messages);
    }

    private bool IsCovered(FeedPush push, StreamSnapshot stream, long pushed) =>
        push.Activation == _activation && push.Begun == stream.Begun && push.Number > _pushed && push.Number <= pushed
        && !push.Frames.Any(frame => frame.Kind == FrameKind.End);

    private void SkipEvicted(StreamSnapshot stream)
    {
        if (stream.Evicted <= _position) return;
        Feed.Announce(Encode(NoticeName.Gap));
        Feed.Skip(stream.Evicted); // whoever resumes from before is told too
    }

    // Those of a node that does not number them stay as they came.
    private void SortWaiting() => _waiting.Sort((one, other) => (one.Push.Number, one.Number).CompareTo((other.Push.Number, other.Number)));

    /// <summary>
    /// Takes a push, and those that have waited for it. One that comes before an earlier one waits, and so does one from another
    /// activation than the one that answered last.
    /// </summary>
    public Progress Take(FeedPush push)
    {
        lock (Gate)
        {
            if (_isDropped) return Progress.Current;
            if (push.Activation == _activation) _newestPushed = Math.Max(_newestPushed, push.Number);
            if (!TryApply(push) && _waiting.Count < MaxWaiting) _waiting.Add((push, ++_waited));
            else if (_waiting.Count > 0) ApplyWaiting();
            Charge();
            return Progress;
        }
    }

    /// <summary>How far this replica has come.</summary>
    public Progress Progress
    {
        get
        {
            lock (Gate)
            {
                return _waiting.Exists(waiting => !IsEarly(waiting)) ? Progress.LacksSome
                    : _newestPushed > _pushed ? Progress.AwaitsLate
                    : Progress.Current;
            }
        }
    }

    /// <summary>Begins to wait for a push that was overtaken; false where that has begun already.</summary>
    public bool TryAwaitLate()
    {
        lock (Gate)
        {
            if (_awaitedAt is not null) return false;
            _awaitedAt = _pushed;
            return true;
        }
    }

    /// <summary>
    /// How far this replica has come after such a wait: <see cref="Progress.LacksSome"/> where the push has not come, and
    /// <see cref="Progress.AwaitsLate"/> where it has come, and another one has been overtaken since.
    /// </summary>
    public Progress EndAwaitingLate()
    {
        lock (Gate)
        {
            var progress = Progress;
            if (progress == Progress.AwaitsLate && _awaitedAt == _pushed) progress = Progress.LacksSome;
            _awaitedAt = progress == Progress.AwaitsLate ? _pushed : null;
            return progress;
        }
    }

    private bool TryApply(FeedPush push)
    {
        if (push.Activation != _activation) return false;
        if (push.Number > 0 && push.Number <= _pushed) AnnounceLate(push);
        else if (IsNext(push)) Apply(push);
        else return false;
        return true;
    }

    private bool IsNext(FeedPush push) => (push.Number == 0 || push.Number == _pushed + 1) && push.Previous <= _position
        && (push.Begun == (_stream?.Begun ?? Timestamp.None) || push.Began is not null
            || push.Frames.Any(frame => frame.Kind == FrameKind.End));

    private bool IsEarly((FeedPush Push, long Number) waiting) =>
        waiting.Push.Activation == _activation && waiting.Push.Number > _pushed + 1;

    // An answer that overtook this push has brought all of it but its events.
    private void AnnounceLate(FeedPush push)
    {
        if (push.Begun != (_stream?.Begun ?? Timestamp.None)) return;
        foreach (var frame in push.Frames)
            if (!frame.IsMessage)
                AnnounceUnlessOld(frame, push.Number);
    }

    // An end is told by the answer. An answer that is being written may be whole by now, and presence be told anew.
    private void AnnounceUnlessOld(Frame frame, long pushed)
    {
        if (frame.Kind is FrameKind.End or FrameKind.Growing) return;
        if (frame.Kind == FrameKind.Passing)
            frame = frame with { Except = _presencePushed.Where(newest => pushed < newest.Value).Aggregate(frame.Except, (all, newest) => all | newest.Key) };
        if (frame.Except != Audience.Everybody) Announce(frame, pushed);
    }
}

/// <summary>How far a replica has come after a push.</summary>
internal enum Progress
{
    /// <summary>It has taken all that it knows of.</summary>
    Current,

    /// <summary>An earlier push has been overtaken, and should come soon.</summary>
    AwaitsLate,

    /// <summary>Only the answer to a subscription brings what is missing.</summary>
    LacksSome,
}
