using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Life;
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
        _activation = update.Activation;
        if (_stream is not null && _stream.Begun != update.Stream?.Begun) End();
        if (update.Stream is { } stream)
        {
            if (_stream is null) Begin(stream);
            else if (asked.ForAll) TakeBack(stream);
            CatchUp(stream);
            SetTimeLeft(stream.TimeLeft);
        }

        _elsewhere = update.Elsewhere;
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
        CatchUp(update.Stream);
        if (update.Pushed > _pushed)
        {
            (_pushed, _elsewhere) = (update.Pushed, update.Elsewhere);
            SetTimeLeft(update.Stream.TimeLeft);
        }

        ApplyWaiting();
        return _waiting.Count == 0;
    }

    private void ApplyWaiting()
    {
        _waiting.Sort((one, other) => one.Push.Number.CompareTo(other.Push.Number)); // few, and mostly in order
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

    private void CatchUp(StreamSnapshot stream)
    {
        if (stream.Evicted > _position)
        {
            Feed.Announce(Encode(NoticeName.Gap));
            Feed.Skip(stream.Evicted); // whoever resumes from before is told too
        }

        Append(stream.Messages);
    }

    /// <summary>
    /// Takes a push, and those that have waited for it. One that comes before an earlier one waits, and so does one from another
    /// activation than the one that answered last.
    /// </summary>
    public Progress Take(FeedPush push)
    {
        lock (Gate)
        {
            if (_isDropped) return Progress.Current;
            if (!TryApply(push) && _waiting.Count < MaxWaiting) _waiting.Add((push, ++_waited));
            else if (_waiting.Count > 0) ApplyWaiting();

            Charge();
            if (_waiting.Count == 0) return Progress.Current;
            return _waiting.TrueForAll(IsEarly) ? Progress.AwaitsLate : Progress.LacksSome;
        }
    }

    /// <summary>Whether a push that was overtaken should be waited for: it is missing, and nobody waits for it yet.</summary>
    public bool BeginToAwaitLate()
    {
        lock (Gate) return _awaitsLate != (_awaitsLate = true);
    }

    /// <summary>Whether a push is still missing after it was waited for.</summary>
    public bool EndToAwaitLate()
    {
        lock (Gate)
        {
            _awaitsLate = false;
            return _waiting.Count > 0;
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

    // An answer that overtook this push has brought all of it but its events.
    private void AnnounceLate(FeedPush push)
    {
        if (push.Begun != (_stream?.Begun ?? Timestamp.None)) return;
        foreach (var frame in push.Frames)
            if (!frame.IsMessage && frame.Kind != FrameKind.End)
                Announce(frame);
    }

    private bool IsEarly((FeedPush Push, long Number) waiting) =>
        waiting.Push.Activation == _activation && waiting.Push.Number > _pushed + 1;
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
