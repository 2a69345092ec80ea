using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
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
    private long _pushed; // the number of the last push that was taken, or that an answer covers
    private long _newestPushed; // the number of the newest push that has come
    private readonly Dictionary<Audience, long> _presencePushed = []; // the numbers of the newest pushes that brought presence to them
    private long? _awaitedAt; // how far this replica had come when it began to wait for a push that was overtaken
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

    private void Apply(FeedPush push)
    {
        _changes++;
        _pushed = Math.Max(_pushed, push.Number);
        var audience = AudienceSize;
        _elsewhere = push.Elsewhere ?? _elsewhere;
        ExpectListeners(Math.Max(audience, push.Frames.Length)); // each that has left is told of
        var ends = push.Frames.Any(frame => frame.Kind == FrameKind.End);
        if (_stream is not null && push.Began is { } other && other.Begun != _stream.Begun && !ends) End();
        foreach (var frame in push.Frames)
        {
            if (frame.Kind == FrameKind.End) EndUnlessTold(frame, push.Ended);
            else if (!frame.IsMessage) Announce(frame, push.Number);
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
    private void Announce(Frame frame, long pushed)
    {
        if (frame.Kind == FrameKind.Passing)
            foreach (var audience in Audiences.All)
                if (!frame.Except.HasFlag(audience)) _presencePushed[audience] = Math.Max(_presencePushed.GetValueOrDefault(audience), pushed);
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
