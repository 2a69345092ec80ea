using System.Collections.Concurrent;
using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Streams;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Grains.Replicas;

/// <summary>A gateway's replicas of feeds: one for each stream that has listeners at this gateway.</summary>
/// <param name="capacity">The node's limits. While there is no room for listeners, no replica is begun; one that is there takes what comes.</param>
/// <param name="streams">Where the streams live.</param>
/// <param name="retry">Repeats calls that fail on their way.</param>
/// <param name="time">The clock of streams.</param>
/// <param name="hostTime">The clock of the host.</param>
/// <param name="view">The members of the cluster; null for a node in the role gateway.</param>
/// <param name="self">The silo in whose process the gateway runs; null for a node in the role gateway.</param>
internal sealed partial class FeedReplicas(
    Capacity capacity, IStreamGrains streams, Retry retry, [FromKeyedServices(StreamClock.Key)] TimeProvider time, TimeProvider hostTime,
    ILocalSiloDetails? self = null, ClusterView? view = null)
{
    private const int GatewayIdBytes = 9;

    // Orleans may send by more than one connection: pushes overtake one another by some milliseconds.
    private static readonly TimeSpan LongestLate = TimeSpan.FromMilliseconds(100);

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
    private const int GatewayIdLength = GatewayIdBytes * 4 / 3;

    /// <summary>The number of replicas.</summary>
    public int Count => _replicas.Count;

    /// <summary>This gateway's id. The ids of its sessions begin with it.</summary>
    public string Gateway { get; } = Secret.New(GatewayIdBytes);

    /// <summary>What grains push to; set before the first listener joins.</summary>
    public IGatewayObserver Observer { get; set; } = null!;

    /// <summary>The gateway of a session, or of a public handle; null where it can be of none.</summary>
    public static string? GatewayOf(string connection) => connection.Length > GatewayIdLength ? connection[..GatewayIdLength] : null;

    /// <summary>Checks the seat of somebody who hears a stream here.</summary>
    /// <exception cref="StreamRefusedException">It is wrong.</exception>
    public void Check(StreamAddress address)
    {
        if (!_replicas.TryGetValue(address.Name.Value, out var replica)) throw SignalRefusals.NotYours();
        if (replica.IsPipe ? replica.SeatOf(address.Seat) < 0 : address.Seat is not null) throw Seats.Refused();
    }

    /// <summary>The sessions that hear a stream here.</summary>
    public IReadOnlyList<string> SessionsOf(StreamName stream) => _replicas.TryGetValue(stream.Value, out var replica) ? replica.Sessions : [];

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
        while (!IsCurrent(replica)); // dropped meanwhile, it may not know that there is a pipe

        if (!needsSeat) return;
        (await retry.CallAsync(() => Grain(address.Name).Admit(Gateway, address.Seat), cancellationToken)).Unwrap();
    }

    /// <summary>Adds a listener that the stream has admitted.</summary>
    /// <exception cref="StreamRefusedException">The stream cannot be reached.</exception>
    public async Task JoinAsync(
        FeedReader reader, Place place, StreamAddress address, UserLabel? user, Timestamp? last, CancellationToken cancellationToken)
    {
        while (true)
        {
            var replica = GetOrSubscribe(address.Name);
            await replica.Ready.WaitAsync(cancellationToken);
            // A reader that resumes here after listening at another node may be ahead of this replica, which then catches
            // up first: otherwise the reader would be told of a gap where there is none. So does one that has let go of older ones.
            for (var renewal = 0; last is { } heard && (replica.IsBehind(heard) || replica.Lacks(heard)) && renewal < MostRenewals; renewal++)
                await RenewAsync(replica);
            lock (_gate)
            {
                if (replica.IsClosed || !IsCurrent(replica)) continue;
                replica.Join(reader, place, user, replica.SeatOf(address.Seat), last);
            }

            await ReportChangeAsync(replica);
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

            if (!last) await ReportChangeAsync(replica);
            else await UnsubscribeAsync(replica);
        }
    }

    /// <summary>Takes a push from a grain. When an earlier push is missing, renews the subscription to get what it carried.</summary>
    public Task TakeAsync(FeedPush push)
    {
        if (!_replicas.TryGetValue(push.Stream, out var replica)) return Task.CompletedTask;
        var progress = replica.Take(push);
        if (replica.TakeReportDue()) _ = ReportAsync(replica);
        return progress switch
        {
            Progress.Current => Task.CompletedTask,
            Progress.AwaitsLate => AwaitLateAsync(replica),
            _ => RenewAsync(replica),
        };
    }

    // An answer would bring the messages of a push that is on its way, and what else it carries would come after them.
    private async Task AwaitLateAsync(FeedReplica replica)
    {
        if (!replica.TryAwaitLate()) return;
        Progress progress;
        do await Task.Delay(LongestLate, hostTime);
        while ((progress = replica.EndAwaitingLate()) == Progress.AwaitsLate);
        if (progress == Progress.LacksSome) await RenewAsync(replica);
    }

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
            var replica = new FeedReplica(name, _capacity, time, _capacity) { Number = ++_numbers };
            CountMemory(replica);
            _replicas[name.Value] = replica;
            replica.Ready = SubscribeAsync(replica);
            return replica;
        }
    }

    /// <summary>Counts what a replica holds where that is held: here, or with the stream where it runs on this silo.</summary>
    private void CountMemory(FeedReplica replica)
    {
        var isHere = view?.View.Candidates(replica.Name.Value, 1) is [var first] && first.Equals(view.Self);
        replica.CountIn(isHere ? _shared : _capacity, isHere);
    }

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

    /// <summary>
    /// Renews a subscription. Where that is under way already, it is done once more after it: the answer may bring what was
    /// not there yet when it was asked for.
    /// </summary>
    private Task RenewAsync(FeedReplica replica)
    {
        lock (_gate)
        {
            if (replica.Renewal.IsCompleted) return replica.Renewal = RenewNowAsync(replica);
            if (replica.NextRenewal.IsCompleted) replica.NextRenewal = RenewAfterAsync(replica.Renewal, replica);
            return replica.NextRenewal;
        }
    }

    private async Task RenewAfterAsync(Task current, FeedReplica replica)
    {
        await current.ConfigureAwait(ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Task renewal;
        lock (_gate)
        {
            replica.NextRenewal = Task.CompletedTask; // whoever comes from now on needs one that has not been asked for yet
            if (replica.Renewal.IsCompleted) replica.Renewal = RenewNowAsync(replica);
            renewal = replica.Renewal;
        }

        await renewal;
    }

    private Task RenewNowAsync(FeedReplica replica) => IgnoringAsync(async () =>
    {
        if (!IsCurrent(replica)) return; // another subscription has taken its place
        // What overtakes an answer makes it useless. Where pushes come faster than answers, a later renewal gets through.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var (subscription, state) = Subscription(replica);
            var update = await Grain(replica.Name).Subscribe(subscription);
            if (update.Wanted && replica.Capture() is { } held) await Grain(replica.Name).Offer(held);
            else if (replica.Take(update, state)) break;
            else if (replica.Progress == Progress.AwaitsLate)
            {
                _ = AwaitLateAsync(replica);
                break;
            }
        }

        CountMemory(replica); // the stream may have moved
        if (replica.TakeReportDue()) await ReportAsync(replica);
        // The last listener may have left meanwhile, and the end of the subscription was overtaken by this renewal of it.
        if (!IsCurrent(replica)) await Grain(replica.Name).Unsubscribe(Gateway, replica.Number);
    });

    private bool IsCurrent(FeedReplica replica) => _replicas.GetValueOrDefault(replica.Name.Value) == replica;

    private (FeedSubscription Subscription, ReplicaState State) Subscription(FeedReplica replica) =>
        replica.Subscription(Gateway, self?.SiloAddress, Observer);

    /// <summary>Ends a subscription, which must have arrived before: one that overtook its end would stay.</summary>
    private async Task UnsubscribeAsync(FeedReplica replica)
    {
        await replica.Ready.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await IgnoringAsync(() => Grain(replica.Name).Unsubscribe(Gateway, replica.Number));
    }

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
