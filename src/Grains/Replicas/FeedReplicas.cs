using System.Collections.Concurrent;
using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Grains.Replicas;

/// <summary>A gateway's replicas of feeds: one for each stream that has listeners at this gateway.</summary>
/// <param name="capacity">The node's limits. While there is no room for listeners, no replica is begun; one that is there takes what comes.</param>
/// <param name="streams">Where the streams live.</param>
/// <param name="retry">Repeats calls that fail on their way.</param>
/// <param name="time">The clock of streams.</param>
/// <param name="view">The members of the cluster; null for a node in the role gateway.</param>
/// <param name="self">The silo in whose process the gateway runs; null for a node in the role gateway.</param>
internal sealed class FeedReplicas(
    Capacity capacity, IStreamGrains streams, Retry retry, [FromKeyedServices(StreamClock.Key)] TimeProvider time,
    ILocalSiloDetails? self = null, ClusterView? view = null)
{
    private const int GatewayIdBytes = 9;

    // Where the stream can't be reached for that long, the listener is told of a gap.
    private const int MostRenewals = 5;

    // Messages of a stream that runs on this silo are shared with it, and counted there. Its events are not: the stream lets
    // go of them as soon as they are pushed.
    private readonly Capacity _shared = new(new CapacityOptions { MaxMemoryMegabytes = 1_048_576 });
    private readonly Capacity _capacity = capacity.ForCopies();
    private readonly ConcurrentDictionary<string, FeedReplica> _replicas = new();
    private readonly Lock _gate = new();
    private long _numbers;

    /// <summary>The length of a gateway's id in characters.</summary>
    public const int GatewayIdLength = GatewayIdBytes * 4 / 3;

    /// <summary>The number of replicas.</summary>
    public int Count => _replicas.Count;

    /// <summary>This gateway's id. The ids of its sessions begin with it.</summary>
    public string Gateway { get; } = Secret.New(GatewayIdBytes);

    /// <summary>What grains push to; set before the first listener joins.</summary>
    public IGatewayObserver Observer { get; set; } = null!;

    /// <summary>Asks a stream to admit a listener.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong or taken, or the stream cannot be reached.</exception>
    public async Task AdmitAsync(StreamAddress address, CancellationToken cancellationToken)
    {
        FeedReplica replica;
        bool needsSeat;
        do
        {
            replica = GetOrSubscribe(address.Name);
            await replica.Ready.WaitAsync(cancellationToken);
            needsSeat = replica.IsPipe || address.Seat is not null;
        }
        while (_replicas.GetValueOrDefault(address.Name.Value) != replica); // dropped meanwhile, it may not know that there is a pipe

        if (!needsSeat) return;
        (await retry.CallAsync(() => Grain(address.Name).Admit(Gateway, address.Seat), cancellationToken)).Unwrap();
    }

    /// <summary>Adds a listener that the stream has admitted.</summary>
    /// <exception cref="StreamRefusedException">The stream cannot be reached.</exception>
    public async Task JoinAsync(
        FeedReader reader, StreamAddress address, UserLabel? user, Timestamp? last, CancellationToken cancellationToken)
    {
        while (true)
        {
            var replica = GetOrSubscribe(address.Name);
            await replica.Ready.WaitAsync(cancellationToken);
            // A reader that resumes here after listening at another node may be ahead of this replica, which then catches
            // up first: otherwise the reader would be told of a gap where there is none.
            for (var renewal = 0; last is { } heard && replica.IsBehind(heard) && renewal < MostRenewals; renewal++)
                await RenewAsync(replica);
            lock (_gate)
            {
                if (replica.IsClosed || _replicas.GetValueOrDefault(address.Name.Value) != replica) continue;
                replica.Join(reader, user, replica.SeatOf(address.Seat), last);
            }

            await ReportAsync(replica);
            return;
        }
    }

    /// <summary>
    /// Removes a listener from its streams, and ends the subscription to each that has no other listener; also where it was
    /// refused, or gave up, before it had joined.
    /// </summary>
    public async Task LeaveAsync(FeedReader reader)
    {
        foreach (var name in reader.Streams)
        {
            FeedReplica? replica;
            bool last;
            lock (_gate)
            {
                if (!_replicas.TryGetValue(name.Value, out replica)) continue;
                var left = replica.Leave(reader.Session);
                last = !replica.HasListeners; // whoever is about to join finds it gone, and subscribes again
                if (last) Remove(replica);
                else if (!left) continue;
            }

            if (!last) await ReportAsync(replica);
            else await UnsubscribeAsync(replica);
        }
    }

    /// <summary>Changes the status of a listener's user in all its streams.</summary>
    public async Task SetStatusAsync(FeedReader reader, PresenceStatus status)
    {
        foreach (var name in reader.Streams)
            if (_replicas.TryGetValue(name.Value, out var replica) && replica.SetStatus(reader.Session, status))
                await ReportAsync(replica);
    }

    /// <summary>Takes a push from a grain. When an earlier push is missing, renews the subscription to get what it carried.</summary>
    public Task TakeAsync(FeedPush push) =>
        !_replicas.TryGetValue(push.Stream, out var replica) || replica.Take(push) ? Task.CompletedTask : RenewAsync(replica);

    /// <summary>Renews the subscription to a stream, if there is one.</summary>
    public Task RenewAsync(string stream) =>
        _replicas.TryGetValue(stream, out var replica) ? RenewAsync(replica) : Task.CompletedTask;

    /// <summary>Renews every subscription: reaches streams that have moved to another silo, and repairs lost pushes.</summary>
    public Task RenewAllAsync() => Parallel.ForEachAsync(
        _replicas.Values, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (replica, _) => await RenewAsync(replica));

    private IStreamGrain Grain(StreamName name) => streams.Of(name);

    private FeedReplica GetOrSubscribe(StreamName name)
    {
        lock (_gate)
        {
            if (_replicas.TryGetValue(name.Value, out var known) && !known.IsClosed) return known;
            if (_capacity.IsFullForListeners) throw Capacity.Full();
            var replica = new FeedReplica(name, _capacity, time, CapacityFor(name)) { Number = ++_numbers };
            _replicas[name.Value] = replica;
            replica.Ready = SubscribeAsync(replica);
            return replica;
        }
    }

    private Capacity CapacityFor(StreamName name) =>
        view?.View.Candidates(name.Value, 1) is [var first] && first.Equals(view.Self) ? _shared : _capacity;

    private void Remove(FeedReplica replica)
    {
        _replicas.TryRemove(KeyValuePair.Create(replica.Name.Value, replica));
        replica.Drop();
    }

    private async Task SubscribeAsync(FeedReplica replica)
    {
        try
        {
            await retry.CallAsync(async () =>
            {
                var (subscription, state) = Subscription(replica);
                return replica.Take(await Grain(replica.Name).Subscribe(subscription), state);
            }, CancellationToken.None);
        }
        catch
        {
            Remove(replica);
            throw;
        }
    }

    private Task RenewAsync(FeedReplica replica) => IgnoringAsync(async () =>
    {
        // What overtakes an answer makes it useless. Where pushes come faster than answers, a later renewal gets through.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var (subscription, state) = Subscription(replica);
            var update = await Grain(replica.Name).Subscribe(subscription);
            if (update.Wanted && replica.Capture() is { } held) await Grain(replica.Name).Offer(held);
            else if (replica.Take(update, state)) break;
        }

        replica.CountIn(CapacityFor(replica.Name)); // the stream may have moved
        // The last listener may have left meanwhile, and the end of the subscription was overtaken by this renewal of it.
        if (_replicas.GetValueOrDefault(replica.Name.Value) != replica) await Grain(replica.Name).Unsubscribe(Gateway, replica.Number);
    });

    private (FeedSubscription Subscription, ReplicaState State) Subscription(FeedReplica replica) =>
        replica.Subscription(Gateway, self?.SiloAddress, Observer);

    /// <summary>Ends a subscription, which must have arrived before: one that overtook its end would stay.</summary>
    private async Task UnsubscribeAsync(FeedReplica replica)
    {
        await replica.Ready.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await IgnoringAsync(() => Grain(replica.Name).Unsubscribe(Gateway, replica.Number));
    }

    private Task ReportAsync(FeedReplica replica) => IgnoringAsync(() => Grain(replica.Name).Report(Gateway, replica.Here()));

    /// <summary>Ignores a call that fails on its way: the next renewal repairs what it would have done.</summary>
    private static async Task IgnoringAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // repaired by the next renewal
        }
    }
}
