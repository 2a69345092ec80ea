using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Grains.Replicas;

/// <summary>
/// A gateway's replica of one stream's feed. All listeners of the gateway to that stream are cursors on it. Pushes from the
/// grain keep it current; when one is lost, the answer to the next subscription brings what it carried.
/// </summary>
/// <param name="name">The stream's name.</param>
/// <param name="capacity">What the replica's bytes count against.</param>
/// <param name="time">The clock of streams.</param>
/// <param name="messageCapacity">What its messages count against instead, where they are shared with the stream.</param>
internal sealed partial class FeedReplica(StreamName name, Capacity capacity, TimeProvider time, Capacity? messageCapacity = null)
{
    // Beyond this, pushes are dropped: the answer to the subscription brings what they carried.
    private const int MaxWaiting = 256;

    private readonly List<(FeedPush Push, long Number)> _waiting = [];
    private StreamSnapshot? _stream;
    private Timestamp _position;
    private Deadline _deadline;
    private Guid? _activation; // whose pushes are taken; none before the first answer
    private long _changes;
    private long _waited; // how many pushes ever had to wait
    private bool _isDropped;

    public StreamName Name { get; } = name;

    public Feed Feed { get; } = new(name, capacity, time, messageCapacity);

    /// <summary>Guards this replica: pushes, answers and listeners arrive on different threads.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Distinguishes this subscription from earlier ones to the same stream.</summary>
    public required long Number { get; init; }

    /// <summary>Whether the stream was a pipe and has ended; no listener may join any more.</summary>
    public bool IsClosed { get; private set; }

    public bool IsPipe => _stream?.Seats is not null;

    /// <summary>The renewal of the subscription that is under way, if one is; the gateway's lock guards it.</summary>
    public Task Renewal { get; set; } = Task.CompletedTask;

    /// <summary>The renewal that follows it.</summary>
    public Task NextRenewal { get; set; } = Task.CompletedTask;

    /// <summary>Completes with the first answer to the subscription; listeners wait for it before they join.</summary>
    public Task Ready { get; set; } = Task.CompletedTask;

    /// <summary>Lets go of what it holds: its last listener has left. What still comes is not held.</summary>
    public void Drop()
    {
        lock (Gate)
        {
            _isDropped = true;
            Feed.Clear();
            Charge();
        }
    }

    /// <summary>Whether this replica has not come as far as a timestamp.</summary>
    public bool IsBehind(Timestamp timestamp)
    {
        lock (Gate) return timestamp > _position;
    }

    public int SeatOf(string? seat) => _stream?.Seats?.IndexOf(seat) ?? -1;

    /// <summary>
    /// The subscription, and the state of this replica for which it asks: to be given to
    /// <see cref="Take(FeedUpdate, ReplicaState)"/> with the answer.
    /// </summary>
    public (FeedSubscription Subscription, ReplicaState State) Subscription(string gateway, SiloAddress? silo, IGatewayObserver observer)
    {
        lock (Gate)
        {
            return (new FeedSubscription
            {
                Gateway = gateway, Silo = silo, Number = Number, Observer = observer,
                Begun = _stream?.Begun ?? Timestamp.None, Last = _asksForAll ? Timestamp.None : _position,
                CanOffer = _stream is not null && TimeLeft > TimeSpan.Zero, Presence = _board.Here(NamesListeners),
                Elsewhere = [.. _elsewhere.Where(known => known.Gateway != gateway)],
            }, new ReplicaState(_changes, _waited, _asksForAll));
        }
    }

    /// <summary>The stream as this replica has it, for a cluster that has lost it; null when it has ended.</summary>
    public StreamSnapshot? Capture()
    {
        lock (Gate)
        {
            return _stream is null || TimeLeft <= TimeSpan.Zero ? null : _stream with
            {
                TimeLeft = TimeLeft,
                Evicted = Feed.Evicted,
                Messages = Feed.Page(PageDirection.Forward, StreamLimits.Messages, Timestamp.None),
            };
        }
    }

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
        ExpectListeners();
        _position = Timestamp.Max(_position, update.Position);
        foreach (var (push, _) in _waiting)
            if (IsNext(push)) Apply(push);
        _waiting.Clear();
        return true;
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
        foreach (var waiting in _waiting.Where(waiting => IsNext(waiting.Push)).ToList())
        {
            Apply(waiting.Push);
            _waiting.Remove(waiting);
        }

        return _waiting.Count == 0;
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
    /// Takes a push. False when an earlier one is missing, or when it comes from another activation than the one that
    /// answered last: it waits for the answer to the next subscription.
    /// </summary>
    public bool Take(FeedPush push)
    {
        lock (Gate)
        {
            if (_isDropped) return true;
            if (IsNext(push)) Apply(push);
            else if (_waiting.Count < MaxWaiting) _waiting.Add((push, ++_waited));
            Charge();
            return _waiting.Count == 0;
        }
    }

    private bool IsNext(FeedPush push) => push.Activation == _activation && push.Previous <= _position
        && (push.Begun == (_stream?.Begun ?? Timestamp.None) || push.Began is not null
            || push.Frames.Any(frame => frame.Kind == FrameKind.End));

    private void Apply(FeedPush push)
    {
        _changes++;
        ExpectListeners(); // of whom some may have left
        _elsewhere = push.Elsewhere ?? _elsewhere;
        ExpectListeners();
        var ends = push.Frames.Any(frame => frame.Kind == FrameKind.End);
        if (_stream is not null && push.Began is { } other && other.Begun != _stream.Begun && !ends) End();
        foreach (var frame in push.Frames)
        {
            if (frame.Kind == FrameKind.End) EndUnlessTold(frame, push.Ended);
            else if (!frame.IsMessage) Announce(frame);
            else Append([frame], push.Began);
        }

        if (_stream is null && push.Began is { } begun) Begin(begun);
        if (push.Begun == (_stream?.Begun ?? Timestamp.None)) SetTimeLeft(push.TimeLeft);
        if (push.IsClosed) Close();
    }

    private void Begin(StreamSnapshot stream)
    {
        Feed.Begin(stream.Begun.Previous, stream.Evicted, stream.Settings.Keep);
        _stream = stream with { Messages = [] };
        _position = stream.Begun.Previous;
        _isReportDue = NamesListeners && HasListeners; // those who came before it began
        if (IsPipe && _board.HasListenersWithoutSeat) Close(); // they came while nobody knew of the pipe
    }

    private TimeSpan TimeLeft => _deadline.TimeLeft(time);

    private void Append(IEnumerable<Frame> messages, StreamSnapshot? began = null)
    {
        foreach (var message in messages)
        {
            if (message.Timestamp <= _position && _stream is not null) continue; // came in a push and in an answer
            if (_stream is null && began is not null) Begin(began);
            Feed.Hold(message);
            Feed.Append(message);
            ShortenIfFull();
            _position = message.Timestamp;
        }
    }

    // An answer that came before the push may have told the end already, and begun the next stream.
    private void EndUnlessTold(Frame end, Timestamp ended)
    {
        if (_stream is null ? Feed.Count > 0 : _stream.Begun == ended) End(end);
    }

    private void End(Frame? announcement = null)
    {
        var wasPipe = IsPipe;
        Feed.Clear();
        Feed.Announce(announcement ?? Encode(NoticeName.Expired));
        (_stream, _shortened, _asksForAll) = (null, Timestamp.None, false);
        if (wasPipe) Close();
    }

    // Where there is no room for listeners either, they are told that they miss something.
    private void Announce(Frame frame)
    {
        if (frame.Kind is FrameKind.Passing or FrameKind.Growing) Feed.Announce(frame);
        else if (!Feed.TryAnnounce(frame, isElsewhere: true)) Feed.Miss();
    }

    private void Close()
    {
        IsClosed = true;
        Feed.Close();
    }

    private Frame Encode(NoticeName notice) =>
        FrameEncoder.Encode(new Notice { Name = notice, Stream = Name.Value }, Timestamp.Now(time));

    private void SetTimeLeft(TimeSpan timeLeft) =>
        _deadline = Deadline.In(timeLeft, time);
}

/// <summary>What a replica had taken when it asked for its subscription.</summary>
/// <param name="Changes">How many pushes and answers it had taken.</param>
/// <param name="Waited">How many pushes had had to wait.</param>
/// <param name="ForAll">Whether it asked for all messages of the stream, not only for new ones.</param>
internal readonly record struct ReplicaState(long Changes, long Waited, bool ForAll);
