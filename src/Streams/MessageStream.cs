namespace Malten.Streams;

/// <summary>
/// What a stream name stands for: the stream that is in use under it, if one is, and those who listen, whether one is or
/// not. Holds the rules of a stream: its beginning, order, limits, idle clock and end. Safe for use by many threads.
/// </summary>
public sealed class MessageStream : IDisposable
{
    // What an empty stream costs beside its messages: its objects and its place in the tables of the node.
    private const int EmptyCost = 1024;
    private static readonly TimeSpan PresenceInterval = TimeSpan.FromSeconds(1);

    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly PresenceBoard _board = new();
    private Throttle? _presence; // most streams of a node have nobody who listens, or are copies
    private StreamSettings _settings;
    private Seats? _seats;
    private long _deadline;
    private long _newest;
    private int _staged;

    /// <summary>Makes the name known; no stream is in use under it yet.</summary>
    public MessageStream(StreamName name, Capacity capacity, TimeProvider time)
    {
        (Name, _capacity, _time) = (name, capacity, time);
        Feed = new Feed(name, capacity, time);
        _settings = new StreamSettings(name, true, TimeToLive.Default);
    }

    /// <summary>The name.</summary>
    public StreamName Name { get; }

    /// <summary>The line of events under this name.</summary>
    public Feed Feed { get; }

    /// <summary>Whether a stream is in use. One whose time has passed is not, even before <see cref="ExpireIfDue"/>.</summary>
    public bool IsInUse => Begun != 0 && (TimeLeft > TimeSpan.Zero || _staged > 0);

    /// <summary>When the stream in use began, Unix nanoseconds; 0 when none is.</summary>
    public long Begun { get; private set; }

    /// <summary>Whether the stream in use is a pipe.</summary>
    public bool IsPipe => _seats is not null;

    /// <summary>The time until the stream ends if nothing is posted.</summary>
    public TimeSpan TimeLeft => _time.GetElapsedTime(_time.GetTimestamp(), _deadline);

    /// <summary>The timestamp of the newest message, or just before the beginning.</summary>
    public long Newest
    {
        get { lock (Gate) return _newest; }
    }

    /// <summary>Whether this was a pipe and has ended. Whoever takes the name next must not be heard by its listeners.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether no stream is in use and nobody listens for the next: the name may be forgotten.</summary>
    public bool IsUnused
    {
        get { lock (Gate) return Begun == 0 && (IsClosed || _board.Count == 0); }
    }

    internal Lock Gate { get; } = new();

    /// <summary>Set once the name was forgotten: whoever still holds this object must look the name up again.</summary>
    internal bool IsForgotten { get; set; }

    /// <summary>When the expiry queue will look at it next; 0 when it will not.</summary>
    internal long QueuedFor { get; set; }

    internal long Deadline => _deadline;

    /// <summary>Begins a stream by request.</summary>
    /// <exception cref="StreamRefusedException">The name is in use, or the node is full.</exception>
    public void Begin(StreamSettings settings, Seats? seats = null)
    {
        lock (Gate)
        {
            ExpireIfDue();
            if (settings.Private && Name == StreamName.Default)
                throw StreamRefusedException.BadValue("private", "The stream '_' is always public.");
            if (Begun != 0) throw new StreamRefusedException(Refusal.NameTaken, "A stream of that name is in use.", "stream");
            BeginNow(settings, seats);
        }
    }

    /// <summary>Stores a message: <see cref="TryStage"/> and, if there is something to store, <see cref="Commit"/>.</summary>
    public bool TryAppend(Draft draft, out Frame frame)
    {
        lock (Gate)
        {
            if (!TryStage(draft, out frame)) return false;
            Commit(frame);
            return true;
        }
    }

    /// <summary>
    /// Gives a message its place in the order, and begins an unlisted stream when none is in use; nobody sees it before
    /// <see cref="Commit"/>. False when a message with the draft's id is held already; <paramref name="frame"/> is that
    /// one then.
    /// </summary>
    /// <exception cref="StreamRefusedException">The seat is wrong, or the node is full.</exception>
    public bool TryStage(Draft draft, out Frame frame)
    {
        lock (Gate)
        {
            Authorize(draft.Address.Seat);
            if (draft.Begun != 0 && draft.Begun != Begun)
                throw new StreamRefusedException(Refusal.Ended, "The stream this was meant for has ended.");
            if (draft is { Id: { } id, IsNew: false } && Feed.Find(id) is { } first)
            {
                frame = first;
                return false;
            }

            var begins = Begun == 0;
            if (begins) BeginNow(new StreamSettings(Name, Name != StreamName.Default, TimeToLive.Default), null);
            try
            {
                var created = Timestamp.After(_newest, _time);
                frame = FrameEncoder.Encode(new Message(draft.Id ?? Guid.CreateVersion7(_time.GetUtcNow()), "message",
                    draft.Text.Value, created, Name.Value, draft.User?.Value, draft.ReplyTo));
                Feed.Reserve(frame);
                _newest = created;
                _staged++;
            }
            catch (StreamRefusedException) when (begins)
            {
                End();
                throw;
            }

            Renew();
            return true;
        }
    }

    /// <summary>Lets readers see messages that were staged, in the order in which they were.</summary>
    public void Commit(Frame staged)
    {
        lock (Gate)
        {
            Feed.Append(staged);
            _staged--;
            Renew();
        }
    }

    /// <summary>All that another node needs to go on with this stream; null when none is in use.</summary>
    public StreamSnapshot? Capture() => Capture(StreamLimits.Messages);

    /// <summary>The same without the messages.</summary>
    public StreamSnapshot? Describe() => Capture(0);

    /// <summary>Goes on with a stream that another node held, in place of whatever is held here.</summary>
    public void Restore(StreamSnapshot snapshot)
    {
        lock (Gate)
        {
            if (Begun != 0) End();
            _capacity.ChangeBytes(EmptyCost);
            _capacity.RestoreStream();
            (_settings, _seats, Begun) = (snapshot.Settings, snapshot.Seats, snapshot.Begun);
            var before = _newest;
            _newest = snapshot.Begun - Timestamp.Step;
            Feed.Begin(_newest, snapshot.Evicted);
            Accept(snapshot.Messages, snapshot.TimeLeft);
            _newest = Math.Max(_newest, before);
        }
    }

    /// <summary>Takes messages that another node has put in order; those that are held already are passed over.</summary>
    public void Accept(IEnumerable<Frame> messages, TimeSpan timeLeft)
    {
        lock (Gate)
        {
            foreach (var message in messages.Where(message => message.Timestamp > _newest))
            {
                _capacity.ChangeBytes(Feed.Cost(message));
                Feed.Append(message);
                _newest = message.Timestamp;
            }

            SetDeadline(timeLeft);
        }
    }

    /// <summary>Refuses a seat that is not one of the stream's.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public void Check(string? seat)
    {
        lock (Gate) Authorize(seat);
    }

    /// <summary>The message with that id, if it is held.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public Frame? Find(Guid id, string? seat)
    {
        lock (Gate)
        {
            Authorize(seat);
            return Feed.Find(id);
        }
    }

    /// <summary>Reads a page of what is held.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public IReadOnlyList<Frame> Read(PageRequest request)
    {
        lock (Gate)
        {
            Authorize(request.Address.Seat);
            return Feed.Page(request.Direction, request.Limit, request.Last);
        }
    }

    /// <summary>Sends a command to those who listen.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public (Command Command, Frame Frame) Announce(string prompt, StreamAddress address)
    {
        lock (Gate)
        {
            Authorize(address.Seat);
            var command = new Command(Guid.CreateVersion7(_time.GetUtcNow()), address, prompt, Timestamp.Now(_time), Begun);
            var frame = FrameEncoder.Encode(command);
            Feed.Announce(frame);
            return (command, frame);
        }
    }

    /// <summary>Sends an event to those who listen.</summary>
    public void Announce(Notice notice) => Feed.Announce(FrameEncoder.Encode(notice, Timestamp.Now(_time)));

    /// <summary>Refuses what <see cref="Join"/> would refuse, and changes nothing.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong, or has two listeners already.</exception>
    public void CheckJoin(StreamAddress address)
    {
        lock (Gate) CheckSeat(Authorize(address.Seat));
    }

    /// <summary>A connection begins to listen.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong, or has two listeners already.</exception>
    public void Join(FeedReader reader, StreamAddress address, UserLabel? user, long? last)
    {
        lock (Gate)
        {
            var seat = Authorize(address.Seat);
            CheckSeat(seat);
            _board.Join(reader.Session, user, seat);
            reader.Hear(Feed, last);
        }

        AskPresence();
    }

    /// <summary>A connection has gone.</summary>
    public void Leave(string session)
    {
        bool left;
        lock (Gate) left = _board.Leave(session);
        if (left) AskPresence();
    }

    /// <summary>A connection's user does something else now.</summary>
    public void SetStatus(string session, PresenceStatus status)
    {
        bool changed;
        lock (Gate) changed = _board.SetStatus(session, status);
        if (changed) AskPresence();
    }

    /// <summary>Another node says who listens there; null when nobody does any more.</summary>
    public void Report(string node, NodePresence? presence)
    {
        bool changed;
        lock (Gate) changed = _board.Report(node, presence);
        if (changed) AskPresence();
    }

    /// <summary>
    /// A connection on another node begins to listen: refused as by <see cref="Join"/>, and counted until that node's
    /// next report.
    /// </summary>
    public void Admit(string node, string? seat)
    {
        lock (Gate)
        {
            var index = Authorize(seat);
            CheckSeat(index);
            if (index >= 0) _board.Admit(node, index);
        }
    }

    /// <summary>Who listens.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public Presence GetPresence(string? seat = null)
    {
        lock (Gate)
        {
            Authorize(seat);
            return _board.Snapshot();
        }
    }

    /// <summary>The stream as the public list shows it, or null when it is none or not public.</summary>
    public StreamListing? GetListing()
    {
        lock (Gate)
        {
            ExpireIfDue();
            return Begun == 0 || _settings.Private ? null : new StreamListing(
                Name.Value, Begun, Math.Max(Begun, _newest), _settings.TimeToLive.Seconds, Feed.Count, _board.Count);
        }
    }

    /// <summary>Ends the stream when its time has passed.</summary>
    public void ExpireIfDue()
    {
        lock (Gate)
        {
            if (Begun == 0 || IsInUse) return;
            var wasPipe = _seats is not null;
            End();
            Announce(new Notice { Name = Notice.Expired, Stream = Name.Value });
            if (!wasPipe) return;
            IsClosed = true;
            Feed.Close();
        }
    }

    /// <summary>Lets go of timers and of what is held.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (Begun != 0) End();
        }

        _presence?.Dispose();
    }

    private StreamSnapshot? Capture(int messages)
    {
        lock (Gate)
        {
            ExpireIfDue();
            return Begun == 0 ? null : new StreamSnapshot(_settings, _seats, Begun, Feed.Evicted, TimeLeft,
                Feed.Page(PageDirection.Forward, messages, 0));
        }
    }

    /// <summary>The index of the seat, or -1 where the stream has none.</summary>
    private int Authorize(string? seat)
    {
        ExpireIfDue();
        if (_seats is null && seat is null) return -1;
        // A seat of a pipe that has ended fails too: otherwise its text would begin a stream open to anybody.
        var index = _seats?.IndexOf(seat) ?? -1;
        return index >= 0 ? index : throw new StreamRefusedException(Refusal.NotYours,
            "This needs 'seat': one of the two secrets of a pipe that is in use.", "seat");
    }

    private void CheckSeat(int seat)
    {
        if (seat >= 0 && _board.CountAt(seat) >= StreamLimits.ListenersPerSeat)
            throw new StreamRefusedException(Refusal.Busy, "This seat has two open listeners already.", "seat");
    }

    private void BeginNow(StreamSettings settings, Seats? seats)
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

        (_settings, _seats) = (settings, seats);
        // One step before the first message, which may come in the same instant.
        Begun = Timestamp.After(_newest, _time);
        _newest = Math.Max(_newest, Begun - Timestamp.Step);
        Feed.Begin(_newest);
        Renew();
    }

    private void Renew() => SetDeadline(_settings.TimeToLive.Span);

    private void SetDeadline(TimeSpan timeLeft) =>
        _deadline = _time.GetTimestamp() + (long)(timeLeft.TotalSeconds * _time.TimestampFrequency);

    private void End()
    {
        Feed.Clear();
        _capacity.ChangeBytes(-EmptyCost);
        _capacity.RemoveStream();
        (Begun, _seats) = (0, null);
    }

    private void AskPresence()
    {
        Throttle presence;
        lock (Gate) presence = _presence ??= new Throttle(_time, PresenceInterval, AnnouncePresence);
        presence.Ask();
    }

    private void AnnouncePresence()
    {
        Presence presence;
        lock (Gate) presence = _board.Snapshot();
        Announce(new Notice
        {
            Name = Notice.Presence, Stream = Name.Value, Observers = presence.Observers, Users = presence.Users,
        });
    }
}
