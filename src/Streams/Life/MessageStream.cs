using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <summary>
/// The state behind one stream name: the stream in use, if there is one, and the name's listeners, who may be there
/// before a stream begins and stay after it ends. Enforces the rules of a stream: how it begins, its order, its limits,
/// its idle clock and its end. Thread-safe.
/// </summary>
public sealed partial class MessageStream : IDisposable, IBegunStream
{
    // The bytes that a stream without messages is charged: its objects and its entries in the tables of the node.
    private const int EmptyCost = 1024;

    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private StreamSettings _settings;
    private Seats? _seats;
    private Timestamp _newest;
    private Guid _begunBy;

    /// <summary>
    /// Creates the state of a name that is not in use yet. <paramref name="gaveWay"/> runs after its stream had to end because
    /// others needed the room.
    /// </summary>
    public MessageStream(StreamName name, Capacity capacity, TimeProvider time, Action<MessageStream>? gaveWay = null)
    {
        (Name, _capacity, _time, _gaveWay) = (name, capacity, time, gaveWay);
        Feed = new Feed(name, capacity, time);
        _board = new PresenceBoard(time);
        _settings = new StreamSettings(name, true, TimeToLive.Default);
    }

    /// <summary>The name.</summary>
    public StreamName Name { get; }

    /// <summary>The events of this name, in order.</summary>
    public Feed Feed { get; }

    /// <summary>
    /// Whether a stream is in use. A stream whose time has run out is not, even before <see cref="ExpireIfDue"/> ends it.
    /// </summary>
    public bool IsInUse => !Begun.IsNone && (TimeLeft > TimeSpan.Zero || _staged > 0);

    /// <summary>When the stream in use began; <see cref="Timestamp.None"/> when no stream is in use.</summary>
    public Timestamp Begun { get; private set; }

    /// <summary>When the stream began whose time ran out last; <see cref="Timestamp.None"/> when none has ended.</summary>
    public Timestamp Ended { get; private set; }

    /// <summary>Whether the stream in use, if there is one, is on the public list.</summary>
    public bool IsPublic => !Begun.IsNone && !_settings.Private;

    /// <summary>Whether the stream in use is a pipe.</summary>
    public bool IsPipe => _seats is not null;

    /// <summary>How many of its newest messages the stream in use holds.</summary>
    public Retention Keep => _settings.Keep;

    /// <summary>The time until the stream ends if nothing is posted.</summary>
    public TimeSpan TimeLeft => Deadline.TimeLeft(_time);

    /// <summary>
    /// The same as <see cref="TimeLeft"/>, as it will be once the messages that are staged are committed: for a copy that
    /// must not end before the stream does.
    /// </summary>
    public TimeSpan TimeLeftOnceCommitted
    {
        get { lock (Gate) return _staged > 0 ? _settings.TimeToLive.Span : TimeLeft; }
    }

    /// <summary>The timestamp of the newest message; before the first message, the step just below <see cref="Begun"/>.</summary>
    public Timestamp Newest
    {
        get { lock (Gate) return _newest; }
    }

    /// <summary>Whether this was a pipe that has ended. Its listeners must not hear the next stream of the same name.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether the name may be forgotten: no stream is in use, and nobody is listening for the next one.</summary>
    public bool IsUnused
    {
        get { lock (Gate) return Begun.IsNone && (IsClosed || _board.Count == 0); }
    }

    internal Lock Gate { get; } = new();

    /// <summary>Set once the name has been forgotten: a caller that still holds this object must look the name up again.</summary>
    internal bool IsForgotten { get; set; }

    /// <summary>When the expiry queue will check this stream next; <see cref="Deadline.None"/> when no check is scheduled.</summary>
    internal Deadline QueuedFor { get; set; }

    /// <summary>When the stream ends if nothing is posted.</summary>
    public Deadline Deadline { get; private set; }

    /// <summary>Begins a stream by request. A repeated request, with the same id, changes nothing.</summary>
    /// <exception cref="StreamRefusedException">The name is in use, or the node is full.</exception>
    public void Begin(StreamSettings settings, Seats? seats = null, Guid request = default)
    {
        lock (Gate)
        {
            ExpireIfDue();
            if (!Begun.IsNone && request != Guid.Empty && request == _begunBy) return;
            if (settings.Private && Name == StreamName.Default)
                throw StreamRefusedException.BadValue("private", "The stream '_' is always public.");
            if (!Begun.IsNone) throw new StreamRefusedException(Refusal.NameTaken, "A stream of that name is in use.", "stream");
            BeginNow(settings, seats);
            _begunBy = request;
            if (!NamesListeners || _board.Count == 0) return;
        }

        AskPresence(); // those who came before it began are named from now on
    }

    /// <summary>Refuses a seat that is not one of the stream's.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public void Check(string? seat)
    {
        lock (Gate) Authorize(seat);
    }

    /// <summary>
    /// Whether the stream that began at <paramref name="begun"/> has ended. A pipe counts as ended for a caller whose
    /// seat it refuses. Always false for <see cref="Timestamp.None"/>, which names no stream.
    /// </summary>
    public bool HasEnded(Timestamp begun, string? seat)
    {
        lock (Gate)
        {
            ExpireIfDue();
            return !begun.IsNone && (Begun != begun || (_seats is { } seats && seats.IndexOf(seat) < 0));
        }
    }

    /// <summary>Reads a page of the messages held, which are kept for the caller.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public IReadOnlyList<Frame> Read(PageRequest request)
    {
        lock (Gate)
        {
            Authorize(request.Address.Seat);
            return Feed.Page(request.Direction, request.Limit, request.Last, request.MaxBytes);
        }
    }

    /// <summary>
    /// Sends a command to the listeners; its frame is kept for the caller. One that was <paramref name="posted"/> as a message is
    /// not refused for want of memory: the message has just been stored.
    /// </summary>
    /// <exception cref="StreamRefusedException">The seat is wrong, or the memory is full.</exception>
    public (Command Command, Frame Frame) Announce(
        string prompt, StreamAddress address, Guid? id = null, Timestamp posted = default, ClientKey client = default)
    {
        lock (Gate)
        {
            Authorize(address.Seat);
            var command = new Command(id ?? Guid.CreateVersion7(_time.GetUtcNow()), address, prompt, Timestamp.Now(_time), Begun)
            {
                Client = client,
                Posted = posted,
            };
            var author = _capacity.Shares.Enter(client);
            var frame = FrameEncoder.Encode(command).Keep() with { Author = author };
            var isStored = !posted.IsNone;
            var fits = isStored || Feed.TryAnnounce(frame);
            if (isStored) Feed.Announce(frame);
            author.Leave();
            return fits ? (command, frame) : throw Capacity.Full();
        }
    }

    /// <summary>
    /// Shows listeners the answer to a command as far as it has been written; false when the stream in which it was given has
    /// ended.
    /// </summary>
    public bool ReportProgress(Command command, string text)
    {
        lock (Gate)
        {
            if (HasEnded(command.Begun, command.Address.Seat)) return false;
            Announce(new Notice { Name = NoticeName.Answering, Stream = Name.Value, Command = command.Id, Text = text });
            return true;
        }
    }

    /// <summary>Sends an event to the listeners.</summary>
    public void Announce(Notice notice) => Feed.Announce(FrameEncoder.Encode(notice, Timestamp.Now(_time)));

    /// <summary>The stream as the public list shows it; null when no stream is in use or it is private.</summary>
    public StreamListing? GetListing()
    {
        lock (Gate)
        {
            ExpireIfDue();
            return Begun.IsNone || _settings.Private ? null : new StreamListing(
                Name.Value, Begun, Timestamp.Max(Begun, _newest), _settings.TimeToLive.Seconds, Keep.Messages, Feed.Count, _board.Count);
        }
    }

    /// <summary>Ends the stream if its time has run out.</summary>
    public void ExpireIfDue()
    {
        lock (Gate)
        {
            if (Begun.IsNone || IsInUse) return;
            var wasPipe = _seats is not null;
            Ended = Begun;
            End();
            Announce(new Notice { Name = NoticeName.Expired, Stream = Name.Value });
            if (!wasPipe) return;
            IsClosed = true;
            Feed.Close();
            _rendezvous?.End(Seats.Refused());
        }
    }

    /// <summary>Stops the timers, and releases the stream and the bytes it holds.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (!Begun.IsNone) End();
        }

        _presence?.Dispose();
    }

    /// <summary>Returns the index of the seat, or -1 for a stream without seats; refuses a wrong one.</summary>
    private int Authorize(string? seat)
    {
        ExpireIfDue();
        if (_seats is null && seat is null) return -1;
        // The seat of a pipe that has ended is refused too: otherwise a late message would begin a stream open to anybody.
        var index = _seats?.IndexOf(seat) ?? -1;
        return index >= 0 ? index : throw Seats.Refused();
    }

    private void BeginNow(StreamSettings settings, Seats? seats)
    {
        Count();
        (_settings, _seats, _begunBy) = (settings, seats, Guid.Empty);
        // _newest stays one step below, so that the first message may carry the very timestamp of the beginning.
        Begun = Timestamp.After(_newest, _time);
        _newest = Timestamp.Max(_newest, Begun.Previous);
        Feed.Begin(_newest, keep: Keep);
        CountTo(settings.Client);
        Renew();
    }

    private void Count()
    {
        _capacity.AddStream();
        try
        {
            _capacity.AddBytes(EmptyCost);
        }
        catch (StreamRefusedException)
        {
            _capacity.RemoveStream();
            throw;
        }
    }

    private void Renew() => SetDeadline(_settings.TimeToLive.Span);

    private void SetDeadline(TimeSpan timeLeft) => Deadline = Deadline.In(timeLeft, _time);

    private void End()
    {
        Feed.Clear();
        _evictedIds?.Clear();
        _capacity.ChangeBytes(-EmptyCost);
        _capacity.RemoveStream();
        CountToNobody();
        (Begun, _seats) = (Timestamp.None, null);
    }
}
