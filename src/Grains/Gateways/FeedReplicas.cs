using System.Collections.Concurrent;
using Malten.Grains.Hosting;
using Malten.Grains.Interfaces;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Grains.Gateways;

/// <summary>The feeds that a gateway has copies of: of every stream that somebody listens to here, one.</summary>
internal sealed class FeedReplicas(StreamGrains streams, SiloAddress? silo, TimeProvider time)
{
    private const int GatewayIdBytes = 9;

    // Copies hold arrays that streams on this silo hold too, and are bounded by what listeners ask for.
    private readonly Capacity _capacity = new(new CapacityOptions { MaxMemoryMegabytes = 1_048_576 });
    private readonly ConcurrentDictionary<string, FeedReplica> _replicas = new();
    private readonly Lock _gate = new();
    private long _numbers;

    /// <summary>The length of a gateway's id, in characters.</summary>
    public const int GatewayIdLength = GatewayIdBytes * 4 / 3;

    /// <summary>The copies that there are.</summary>
    public int Count => _replicas.Count;

    /// <summary>This gateway's id, which its sessions begin with.</summary>
    public string Gateway { get; } = Secret.New(GatewayIdBytes);

    /// <summary>Where grains push to; set before the first listener comes.</summary>
    public IGatewayObserver Observer { get; set; } = null!;

    /// <summary>Asks whether a listener may be added to a stream.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong or taken, or the stream can't be reached.</exception>
    public async Task AdmitAsync(StreamAddress address, CancellationToken cancellationToken)
    {
        var replica = GetOrSubscribe(address.Name);
        await replica.Ready.WaitAsync(cancellationToken);
        if (!replica.IsPipe && address.Seat is null) return;
        (await Retry.CallAsync(() => Grain(address.Name).Admit(Gateway, address.Seat), cancellationToken)).Unwrap();
    }

    /// <summary>Adds a listener that was admitted to a stream.</summary>
    /// <exception cref="StreamRefusedException">The stream can't be reached.</exception>
    public async Task JoinAsync(
        FeedReader reader, StreamAddress address, UserLabel? user, Timestamp? last, CancellationToken cancellationToken)
    {
        while (true)
        {
            var replica = GetOrSubscribe(address.Name);
            await replica.Ready.WaitAsync(cancellationToken);
            // A reader that comes from another node may know more than this copy: what it has heard is no gap.
            if (last is { } heard && replica.IsBehind(heard)) await RenewAsync(replica);
            lock (_gate)
            {
                if (replica.IsClosed || _replicas.GetValueOrDefault(address.Name.Value) != replica) continue;
                replica.Join(reader, user, replica.SeatOf(address.Seat), last);
            }

            await ReportAsync(replica);
            return;
        }
    }

    /// <summary>A listener has gone; with the last of a stream, so does the subscription.</summary>
    public async Task LeaveAsync(FeedReader reader)
    {
        foreach (var name in reader.Streams)
        {
            FeedReplica? replica;
            bool last;
            lock (_gate)
            {
                if (!_replicas.TryGetValue(name.Value, out replica) || !replica.Leave(reader.Session)) continue;
                last = !replica.HasListeners;
                if (last) _replicas.TryRemove(name.Value, out _);
            }

            if (!last) await ReportAsync(replica);
            else await IgnoringAsync(() => Grain(name).Unsubscribe(Gateway, replica.Number));
        }
    }

    /// <summary>Changes the status of a connection's user in all its streams.</summary>
    public async Task SetStatusAsync(FeedReader reader, PresenceStatus status)
    {
        foreach (var name in reader.Streams)
            if (_replicas.TryGetValue(name.Value, out var replica) && replica.SetStatus(reader.Session, status))
                await ReportAsync(replica);
    }

    /// <summary>Takes what a grain pushed; where something before it is missing, asks for it.</summary>
    public Task TakeAsync(FeedPush push) =>
        !_replicas.TryGetValue(push.Stream, out var replica) || replica.Take(push) ? Task.CompletedTask : RenewAsync(replica);

    /// <summary>Renews every subscription: finds streams that have moved, and brings what was lost on the way.</summary>
    public Task RenewAllAsync() => Parallel.ForEachAsync(
        _replicas.Values, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (replica, _) => await RenewAsync(replica));

    private IStreamGrain Grain(StreamName name) => streams.Of(name);

    private FeedReplica GetOrSubscribe(StreamName name)
    {
        lock (_gate)
        {
            if (_replicas.TryGetValue(name.Value, out var known) && !known.IsClosed) return known;
            var replica = new FeedReplica(name, _capacity, time) { Number = ++_numbers };
            _replicas[name.Value] = replica;
            replica.Ready = SubscribeAsync(replica);
            return replica;
        }
    }

    private async Task SubscribeAsync(FeedReplica replica)
    {
        try
        {
            replica.Take(await Retry.CallAsync(
                () => Grain(replica.Name).Subscribe(replica.Subscription(Gateway, silo, Observer)), CancellationToken.None));
        }
        catch
        {
            _replicas.TryRemove(new KeyValuePair<string, FeedReplica>(replica.Name.Value, replica));
            throw;
        }
    }

    private Task RenewAsync(FeedReplica replica) => IgnoringAsync(async () =>
    {
        var grain = Grain(replica.Name);
        var update = await grain.Subscribe(replica.Subscription(Gateway, silo, Observer));
        if (update.Wanted && replica.Capture() is { } held)
        {
            await grain.Offer(held);
            update = await grain.Subscribe(replica.Subscription(Gateway, silo, Observer));
        }

        replica.Take(update);
    });

    private Task ReportAsync(FeedReplica replica) => IgnoringAsync(() => Grain(replica.Name).Report(Gateway, replica.Here()));

    /// <summary>What fails on the way is mended by the next renewal.</summary>
    private static async Task IgnoringAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // see above
        }
    }
}
