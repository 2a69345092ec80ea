using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Grains.Broker;

/// <summary>
/// Reaches the streams of the cluster through their grains. Listeners hear them from this gateway's
/// <see cref="FeedReplicas"/>.
/// </summary>
/// <param name="grains">Where the catalog, reads and other gateways are reached.</param>
/// <param name="streams">Where streams are reached.</param>
/// <param name="retry">Repeats calls that fail on their way.</param>
/// <param name="capacity">The node's limits.</param>
/// <param name="replicas">The feeds that have listeners here.</param>
/// <param name="connections">The open connections here.</param>
/// <param name="signals">Carries signals.</param>
/// <param name="time">The clock of streams.</param>
/// <param name="hostTime">The clock of the host.</param>
internal sealed class ClusterBroker(
    IGrainFactory grains, IStreamGrains streams, Retry retry, Capacity capacity, FeedReplicas replicas, Connections connections, SignalRouter signals,
    [FromKeyedServices(StreamClock.Key)] TimeProvider time, TimeProvider hostTime)
    : IStreamBroker
{
    private readonly Lanes<StreamName, Draft, Outcome<Frame>> _posts =
        new((stream, drafts) => streams.Of(stream).Append(drafts), draft => draft.Text.Value.Length, hostTime);

    private readonly SharedReads _reads = new(page => grains.GetGrain<IReaderGrain>(0).Read(page), hostTime);

    /// <inheritdoc/>
    public async ValueTask CreateAsync(StreamSettings settings, CancellationToken cancellationToken = default)
    {
        var request = Guid.NewGuid();
        (await retry.CallAsync(() => Grain(settings.Name).Begin(settings, null, request), cancellationToken)).Unwrap();
    }

    /// <inheritdoc/>
    public async ValueTask<Pipe> CreatePipeAsync(
        TimeToLive timeToLive, ClientKey client = default, CancellationToken cancellationToken = default)
    {
        var (name, seats, request) = (StreamName.Random(), Seats.New(), Guid.NewGuid());
        var settings = new StreamSettings(name, true, timeToLive) { Client = client };
        (await retry.CallAsync(() => Grain(name).Begin(settings, seats, request), cancellationToken)).Unwrap();
        return new Pipe(name, [seats.First, seats.Second], timeToLive);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StreamListing>> ListAsync(
        string prefix, int limit, CancellationToken cancellationToken = default) =>
        await retry.CallAsync(() => grains.GetGrain<ICatalogGrain>(0).List(prefix, limit), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Frame> AppendAsync(Draft draft, CancellationToken cancellationToken = default)
    {
        Command.PromptIn(draft);
        // A post with an id may be repeated after it failed on its way: the stream stores it once.
        if (draft.Id is null) draft = draft with { Id = Guid.CreateVersion7(), IsNew = true };
        var isFirst = true;
        var isAnswer = draft.ReplyTo is not null;
        return (await (isAnswer ? retry.SettleAsync(SendAsync, cancellationToken) : retry.CallAsync(SendAsync, cancellationToken))).Unwrap();

        Task<Outcome<Frame>> SendAsync()
        {
            var attempt = isFirst ? draft : draft with { IsNew = false };
            isFirst = false;
            return _posts.SendAsync(draft.Address.Name, attempt);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Frame>> ReadAsync(PageRequest request, CancellationToken cancellationToken = default) =>
        (await retry.CallAsync(() => _reads.ReadAsync(request, cancellationToken), cancellationToken)).Unwrap();

    /// <inheritdoc/>
    public async ValueTask<FeedReader> ListenAsync(ListenRequest request, CancellationToken cancellationToken = default)
    {
        var place = capacity.AddListener(request.Streams.Count, request.Client, request.RequestBytes);
        var session = replicas.Gateway + Secret.New();
        var reader = new FeedReader(session, [.. request.Streams.Select(address => address.Name)], reader => LeaveAsync(reader, place))
        {
            Listener = replicas.Gateway + Secret.New(), Client = request.Client, Signals = new SignalQueue(capacity),
        };
        place.OnDismissed(() =>
        {
            reader.Dismiss();
            _ = replicas.LeaveAsync(reader); // at once, however long the reader takes to go: its replicas are the memory that is asked for
        });
        connections.Add(reader);
        try
        {
            // All streams must admit the listener before it joins any: when one refuses, the others must not have shown it.
            foreach (var address in request.Streams) await replicas.AdmitAsync(address, cancellationToken);
            foreach (var (index, address) in request.Streams.Index())
                await replicas.JoinAsync(reader, place, address, request.User, request.Last?[index], cancellationToken);
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
        (await retry.CallAsync(() => Reader.GetPresence(address), cancellationToken)).Unwrap();

    /// <inheritdoc/>
    public async ValueTask<bool> SetStatusAsync(
        string session, PresenceStatus status, CancellationToken cancellationToken = default)
    {
        if (connections.Find(session) is { } reader)
        {
            await replicas.SetStatusAsync(reader, status);
            return true;
        }

        return FeedReplicas.GatewayOf(session) is { } gateway && gateway != replicas.Gateway
            && await retry.CallAsync(() => grains.GetGrain<IGatewayGrain>(gateway).SetStatus(session, status), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask SignalAsync(Signal signal, CancellationToken cancellationToken = default) =>
        await signals.SendAsync(signal, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Frame> SendCommandAsync(
        StreamAddress address, string prompt, ClientKey client = default, CancellationToken cancellationToken = default)
    {
        Command.CheckPrompt(prompt);
        var id = Guid.CreateVersion7(time.GetUtcNow());
        return (await retry.CallAsync(() => Grain(address.Name).SendCommand(address, prompt, id, client), cancellationToken)).Unwrap();
    }

    /// <inheritdoc/>
    public async ValueTask<bool> HasEndedAsync(Command command, CancellationToken cancellationToken = default) =>
        !command.Begun.IsNone
        && await retry.SettleAsync(() => Reader.HasEnded(command), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> ReportProgressAsync(Command command, string text, CancellationToken cancellationToken = default) =>
        await retry.OnceAsync(() => Grain(command.Address.Name).ReportProgress(command, text), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask AnnounceAsync(StreamName stream, Notice notice, CancellationToken cancellationToken = default)
    {
        var settles = notice.Name == NoticeName.Failed ? notice.Command : null;
        // The stream announces the failure of a command only once, so that call may be repeated until it gets through.
        if (settles is null) await retry.OnceAsync(AnnounceAsync, cancellationToken);
        else await retry.SettleAsync(AnnounceAsync, cancellationToken);

        async Task<bool> AnnounceAsync()
        {
            await Grain(stream).Announce(FrameEncoder.Encode(notice, Timestamp.Now(time)), settles); // anew: the last one may have been overwritten
            return true;
        }
    }

    /// <summary>Changes the status of the user of a connection to this gateway; false when it has no such connection.</summary>
    public async Task<bool> SetStatusHereAsync(string session, PresenceStatus status)
    {
        if (connections.Find(session) is not { } reader) return false;
        await replicas.SetStatusAsync(reader, status);
        return true;
    }

    private IReaderGrain Reader => grains.GetGrain<IReaderGrain>(0);

    private IStreamGrain Grain(StreamName name) => streams.Of(name);

    private async ValueTask LeaveAsync(FeedReader reader, Place place)
    {
        connections.Remove(reader);
        place.Dispose();
        await replicas.LeaveAsync(reader);
    }
}
