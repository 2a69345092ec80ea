using System.Collections.Concurrent;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Streams;

/// <summary>Keeps the streams in this process.</summary>
public sealed partial class LocalBroker : IStreamBroker, IDisposable
{
    private readonly ConcurrentDictionary<string, MessageStream> _streams = new();
    private readonly ConcurrentDictionary<string, FeedReader> _readers = new();
    private readonly ConcurrentDictionary<string, FeedReader> _listeners = new(); // the same by their public handles
    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly ICommandResponder? _responder;
    private readonly ExpiryQueue _expiry;
    private readonly Action<MessageStream> _forgetIfUnused;

    /// <summary>Creates an empty broker; without a <paramref name="responder"/>, only listeners hear commands.</summary>
    public LocalBroker(Capacity capacity, TimeProvider time, ICommandResponder? responder = null)
    {
        (_capacity, _time, _responder, _forgetIfUnused) = (capacity, time, responder, ForgetIfUnused);
        _expiry = new ExpiryQueue(time, stream =>
        {
            stream.ExpireIfDue();
            ForgetIfUnused(stream);
        });
    }

    /// <inheritdoc/>
    public ValueTask CreateAsync(StreamSettings settings, CancellationToken cancellationToken = default)
    {
        if (!IsInUse(settings.Name)) _capacity.MakeRoom(settings.Client, begins: true);
        On(settings.Name, stream =>
        {
            stream.Begin(settings);
            _expiry.Watch(stream);
        });
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<Pipe> CreatePipeAsync(
        TimeToLive timeToLive, ClientKey client = default, CancellationToken cancellationToken = default)
    {
        var (name, seats) = (StreamName.Random(), Seats.New());
        _capacity.MakeRoom(client, begins: true);
        On(name, stream =>
        {
            stream.Begin(new StreamSettings(name, true, timeToLive) { Client = client }, seats);
            _expiry.Watch(stream);
        });
        return ValueTask.FromResult(new Pipe(name, [seats.First, seats.Second], timeToLive));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StreamListing>> ListAsync(
        string prefix, int limit, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<StreamListing>>([.. StreamListing.Newest(_streams
            .Select(entry => entry.Value) // unlike Values, takes no locks and copies nothing
            .Where(stream => stream.IsPublic && stream.Name.Value.StartsWith(prefix, StringComparison.Ordinal))
            .Select(stream => stream.GetListing()).OfType<StreamListing>(), prefix, limit)]);

    /// <inheritdoc/>
    public ValueTask<Frame> AppendAsync(Draft draft, CancellationToken cancellationToken = default)
    {
        var prompt = Command.PromptIn(draft);
        OnKnown(draft.Address, stream => stream.Check(draft.Address.Seat)); // before anybody has to make room
        _capacity.MakeRoom(draft.Client, begins: !IsInUse(draft.Address.Name));
        if (prompt is not null && FindFirst(draft) is { } first) return ValueTask.FromResult(first);
        if (prompt is not null) Reserve(draft.Address.Name, draft.Client);
        var frame = default(Frame);
        var stored = false;
        try
        {
            On(draft.Address.Name, stream =>
            {
                stored = stream.TryAppend(draft, out frame);
                _expiry.Watch(stream);
            });
        }
        finally
        {
            if (prompt is not null && !stored) _responder?.Release(draft.Address.Name, draft.Client);
        }

        if (prompt is not null && stored) Send(draft.Address, prompt, draft.Client, frame.Timestamp).LetGo();
        return ValueTask.FromResult(frame);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Frame>> ReadAsync(PageRequest request, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<Frame> page = [];
        OnKnown(request.Address, stream => page = stream.Read(request));
        return ValueTask.FromResult(page);
    }

    /// <inheritdoc/>
    public async ValueTask<FeedReader> ListenAsync(ListenRequest request, CancellationToken cancellationToken = default)
    {
        // Check every stream before joining any: a listener that the second refuses must not have appeared in the first.
        foreach (var address in request.Streams) OnKnown(address, stream => stream.CheckJoin(address));
        var place = _capacity.AddListener(request.Streams.Count, request.Client, request.RequestBytes);
        var session = Secret.New();
        var reader = new FeedReader(session, [.. request.Streams.Select(address => address.Name)], reader => Leave(reader, place))
        {
            Client = request.Client, Signals = new SignalQueue(_capacity),
        };
        place.OnDismissed(reader.Dismiss);
        (_readers[session], _listeners[reader.Listener]) = (reader, reader);
        try
        {
            foreach (var (index, address) in request.Streams.Index())
                On(address.Name, stream => stream.Join(reader, address, request.User, request.Last?[index]));
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<Presence> GetPresenceAsync(StreamAddress address, CancellationToken cancellationToken = default)
    {
        var presence = Presence.Nobody;
        OnKnown(address, stream => presence = stream.GetPresence(address.Seat));
        return ValueTask.FromResult(presence);
    }

    /// <inheritdoc/>
    public ValueTask<bool> SetStatusAsync(
        string session, PresenceStatus status, CancellationToken cancellationToken = default)
    {
        if (!_readers.TryGetValue(session, out var reader)) return ValueTask.FromResult(false);
        foreach (var name in reader.Streams)
            if (_streams.TryGetValue(name.Value, out var stream))
                stream.SetStatus(session, status);
        return ValueTask.FromResult(true);
    }

    /// <inheritdoc/>
    public ValueTask SignalAsync(Signal signal, CancellationToken cancellationToken = default)
    {
        var name = signal.Address.Name;
        if (!_readers.TryGetValue(signal.Session, out var from) || !from.Streams.Contains(name)) throw SignalRefusals.NotYours();
        IReadOnlyList<string> sessions = [];
        OnKnown(signal.Address, stream => sessions = stream.Sessions(signal.Address.Seat));
        _capacity.MakeRoom(signal.Client, begins: false);
        var frame = FrameEncoder.Encode(signal, from.Listener, Timestamp.Now(_time)).Keep();
        var refusal = signal.To is null ? PutForAll(frame, sessions)
            : _listeners.TryGetValue(signal.To, out var to) && to.Streams.Contains(name) ? to.Signals!.Put(frame)
            : Refusal.NotListening;
        frame.LetGo();
        return refusal is { } refused ? throw SignalRefusals.Of(refused) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<Frame> SendCommandAsync(
        StreamAddress address, string prompt, ClientKey client = default, CancellationToken cancellationToken = default)
    {
        Command.CheckPrompt(prompt);
        OnKnown(address, stream => stream.Check(address.Seat));
        _capacity.MakeRoom(client, begins: false);
        Reserve(address.Name, client);
        return ValueTask.FromResult(Send(address, prompt, client));
    }

    /// <inheritdoc/>
    public ValueTask<bool> HasEndedAsync(Command command, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(_streams.TryGetValue(command.Address.Name.Value, out var stream)
            ? stream.HasEnded(command.Begun, command.Address.Seat)
            : !command.Begun.IsNone);

    /// <inheritdoc/>
    public ValueTask<bool> ReportProgressAsync(Command command, string text, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(_streams.TryGetValue(command.Address.Name.Value, out var stream)
            ? stream.ReportProgress(command, text)
            : command.Begun.IsNone);

    /// <inheritdoc/>
    public ValueTask AnnounceAsync(StreamName stream, Notice notice, CancellationToken cancellationToken = default)
    {
        if (_streams.TryGetValue(stream.Value, out var known)) known.Announce(notice);
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends all streams and stops the timers.</summary>
    public void Dispose()
    {
        _expiry.Dispose();
        foreach (var stream in _streams.Values) stream.Dispose();
    }

    private Refusal? PutForAll(Frame signal, IReadOnlyList<string> sessions)
    {
        foreach (var session in sessions)
            if (_readers.TryGetValue(session, out var reader))
                reader.Signals!.Put(signal); // one that takes too little misses it, and holds up nobody
        return null;
    }

    private Frame Send(StreamAddress address, string prompt, ClientKey client, Timestamp posted = default)
    {
        (Command Command, Frame Frame)? sent = null;
        try
        {
            On(address.Name, stream => sent = stream.Announce(prompt, address, posted: posted, client: client));
        }
        catch
        {
            _responder?.Release(address.Name, client);
            throw;
        }

        _responder?.Answer(sent!.Value.Command, this);
        return sent!.Value.Frame;
    }

    /// <summary>The message that answers a repeated post, which needs no place in the queue; null for a first post.</summary>
    private Frame? FindFirst(Draft draft)
    {
        Frame? first = null;
        if (draft.Id is { } id) OnKnown(draft.Address, stream => first = stream.Find(id, draft.Address.Seat));
        return first;
    }

    private bool IsInUse(StreamName name) => _streams.TryGetValue(name.Value, out var stream) && stream.IsInUse;

    private void Reserve(StreamName stream, ClientKey client)
    {
        if (_responder is not null && !_responder.TryReserve(stream, client, out var refusal)) throw refusal;
    }

    private ValueTask Leave(FeedReader reader, Place place)
    {
        _readers.TryRemove(reader.Session, out _);
        _listeners.TryRemove(reader.Listener, out _);
        place.Dispose();
        foreach (var name in reader.Streams)
        {
            if (!_streams.TryGetValue(name.Value, out var stream)) continue;
            stream.Leave(reader.Session);
            ForgetIfUnused(stream);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Runs an action on a name, under its lock. Creates the name's entry if needed, and removes it if left unused.</summary>
    private void On(StreamName name, Action<MessageStream> use)
    {
        while (true)
        {
            var stream = _streams.GetOrAdd(name.Value, _ => new MessageStream(name, _capacity, _time, _forgetIfUnused));
            lock (stream.Gate)
            {
                stream.ExpireIfDue();
                if (stream.IsClosed) ForgetIfUnused(stream);
                if (stream.IsForgotten) continue;
                try
                {
                    use(stream);
                    return;
                }
                finally
                {
                    ForgetIfUnused(stream);
                }
            }
        }
    }

    /// <summary>Runs an action on a name that is known. For an unknown name it does nothing, except to refuse a seat.</summary>
    private void OnKnown(StreamAddress address, Action<MessageStream> use)
    {
        if (address.Seat is not null) On(address.Name, use);
        else if (_streams.TryGetValue(address.Name.Value, out var stream)) use(stream);
    }

    private void ForgetIfUnused(MessageStream stream)
    {
        lock (stream.Gate)
        {
            if (stream.IsForgotten || !stream.IsUnused) return;
            stream.IsForgotten = true;
            _expiry.Forget(stream);
            _streams.TryRemove(new KeyValuePair<string, MessageStream>(stream.Name.Value, stream));
            stream.Dispose();
        }
    }
}
