using System.Collections.Concurrent;
using Malten.Grains.Hosting;
using Malten.Grains.Interfaces;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Grains.Gateways;

/// <summary>Reaches the streams of the cluster through their grains, and keeps one subscription for each that is listened to.</summary>
public sealed class ClusterBroker : IStreamBroker
{
    private readonly IGrainFactory _grains;
    private readonly StreamGrains _streams;
    private readonly Capacity _capacity;
    private readonly FeedReplicas _replicas;
    private readonly ConcurrentDictionary<string, FeedReader> _readers = new();

    internal ClusterBroker(IGrainFactory grains, StreamGrains streams, Capacity capacity, FeedReplicas replicas) =>
        (_grains, _streams, _capacity, _replicas) = (grains, streams, capacity, replicas);

    /// <inheritdoc/>
    public async ValueTask CreateAsync(StreamSettings settings, CancellationToken cancellationToken = default)
    {
        var request = Guid.NewGuid();
        (await Retry.CallAsync(() => Grain(settings.Name).Begin(settings, null, request), cancellationToken)).Unwrap();
    }

    /// <inheritdoc/>
    public async ValueTask<Pipe> CreatePipeAsync(TimeToLive timeToLive, CancellationToken cancellationToken = default)
    {
        var (name, seats, request) = (StreamName.Random(), Seats.New(), Guid.NewGuid());
        var settings = new StreamSettings(name, true, timeToLive);
        (await Retry.CallAsync(() => Grain(name).Begin(settings, seats, request), cancellationToken)).Unwrap();
        return new Pipe(name, [seats.First, seats.Second], timeToLive);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StreamListing>> ListAsync(
        string prefix, int limit, CancellationToken cancellationToken = default) =>
        await Retry.CallAsync(() => _grains.GetGrain<ICatalogGrain>(0).List(prefix, limit), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Frame> AppendAsync(Draft draft, CancellationToken cancellationToken = default)
    {
        Command.PromptIn(draft);
        // With an id of its own a post may be repeated after a failure on the way: the stream stores it once.
        if (draft.Id is null) draft = draft with { Id = Guid.CreateVersion7(), IsNew = true };
        var isFirst = true;
        return (await Retry.CallAsync(() =>
        {
            var attempt = isFirst ? draft : draft with { IsNew = false };
            isFirst = false;
            return Grain(draft.Address.Name).Append(attempt);
        }, cancellationToken)).Unwrap();
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Frame>> ReadAsync(PageRequest request, CancellationToken cancellationToken = default) =>
        (await Retry.CallAsync(() => Grain(request.Address.Name).Read(request), cancellationToken)).Unwrap();

    /// <inheritdoc/>
    public async ValueTask<FeedReader> ListenAsync(ListenRequest request, CancellationToken cancellationToken = default)
    {
        _capacity.AddListener();
        var session = _replicas.Gateway + Secret.New();
        var reader = new FeedReader(session, [.. request.Streams.Select(address => address.Name)], LeaveAsync);
        _readers[session] = reader;
        try
        {
            // Who is refused one stream of several must not be seen in the others: all doors first, then in.
            foreach (var address in request.Streams) await _replicas.AdmitAsync(address, cancellationToken);
            foreach (var (index, address) in request.Streams.Index())
                await _replicas.JoinAsync(reader, address, request.User, request.Last?[index], cancellationToken);
            return reader;
        }
        catch
        {
            await reader.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<Presence> GetPresenceAsync(StreamAddress address, CancellationToken cancellationToken = default) =>
        (await Retry.CallAsync(() => Grain(address.Name).GetPresence(address.Seat), cancellationToken)).Unwrap();

    /// <inheritdoc/>
    public async ValueTask<bool> SetStatusAsync(
        string session, PresenceStatus status, CancellationToken cancellationToken = default)
    {
        if (_readers.TryGetValue(session, out var reader))
        {
            await _replicas.SetStatusAsync(reader, status);
            return true;
        }

        if (session.Length <= FeedReplicas.GatewayIdLength) return false;
        var gateway = session[..FeedReplicas.GatewayIdLength];
        return gateway != _replicas.Gateway
            && await Retry.CallAsync(() => _grains.GetGrain<IGatewayGrain>(gateway).SetStatus(session, status), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<Frame> SendCommandAsync(
        StreamAddress address, string prompt, CancellationToken cancellationToken = default)
    {
        Command.CheckPrompt(prompt);
        // Not repeated: a command that was sent twice would be answered twice.
        return (await Retry.OnceAsync(() => Grain(address.Name).SendCommand(address, prompt))).Unwrap();
    }

    /// <inheritdoc/>
    public async ValueTask<bool> HasEndedAsync(Command command, CancellationToken cancellationToken = default) =>
        !command.Begun.IsNone
        && await Retry.CallAsync(() => Grain(command.Address.Name).HasEnded(command), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask AnnounceAsync(StreamName stream, Notice notice, CancellationToken cancellationToken = default)
    {
        var frame = FrameEncoder.Encode(notice, Timestamp.Now(TimeProvider.System));
        var settles = notice.Name == NoticeName.Failed ? notice.Command : null;
        // The stream says only once that a command has failed, so that may be repeated until it comes through.
        if (settles is null) await Retry.OnceAsync(SayAsync);
        else await Retry.CallAsync(SayAsync, cancellationToken);

        async Task<bool> SayAsync()
        {
            await Grain(stream).Announce(frame, settles);
            return true;
        }
    }

    internal async Task<bool> SetStatusHereAsync(string session, PresenceStatus status)
    {
        if (!_readers.TryGetValue(session, out var reader)) return false;
        await _replicas.SetStatusAsync(reader, status);
        return true;
    }

    private IStreamGrain Grain(StreamName name) => _streams.Of(name);

    private async ValueTask LeaveAsync(FeedReader reader)
    {
        _readers.TryRemove(reader.Session, out _);
        _capacity.RemoveListener();
        await _replicas.LeaveAsync(reader);
    }
}
