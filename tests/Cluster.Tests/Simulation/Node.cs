using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Malten.Grains.Broker;
using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Malten.Grains.MessageStreams;
using Malten.Grains.Reads;
using Malten.Grains.Replicas;
using Malten.Grains.Settling;
using Malten.Streams.Limits;
using Malten.Testing;
using Microsoft.Extensions.Options;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>
/// One process of a silo: the product's own streams, copies and settling, on a simulated host, network and membership
/// table. It may be paused and cut off; when it has ended, nothing of it happens any more.
/// </summary>
internal sealed class Node : IMeterFactory
{
    private readonly World _world;
    private readonly Scheduler _scheduler;
    private readonly Queue<Action> _held = [];
    private readonly List<Meter> _meters = [];
    private readonly Leaving _leaving;
    private readonly Departures _departures;

    public Node(World world, Scheduler scheduler, Network network, SiloAddress address, Breakage broken)
    {
        (_world, _scheduler, Network, Address) = (world, scheduler, network, address);
        Time = new NodeTime(scheduler, this);
        Membership = new NodeMembership(this, world);
        var capacity = new Capacity(new CapacityOptions());
        var copies = Options.Create(new CopyOptions { Copies = world.Faults.Copies });
        var (services, streams) = (new RemoteCopies(this), new RemoteStreams(this, world, broken));
        View = new ClusterView(Membership, Membership);
        Lease = new Lease(View, Membership, Options.Create(new LeaseOptions { ServesWithoutTable = broken.NeedsNoLease }), Time);
        Copies = new CopyStore(capacity, Time, Time, View, Lease);
        if (broken.KeepsNothing) Copies.Kept += stream => Copies.Release(stream, Copies.VersionOf(stream)!.Value);
        CopyService = new LocalCopies(this, broken);
        Settlement = new Settlement(View);
        var local = new LocalStreams(Time, Time);
        Finder = new CopyFinder(Copies, local, View, Lease, Time);
        var ports = new SimulatedPorts(world, broken);
        _departures = new Departures(Membership, ports, Time);
        var asking = broken.AsksWithoutLease ? new Lease(View, Membership, Options.Create(new LeaseOptions { ServesWithoutTable = true }), Time) : Lease;
        var recovery = new CopyRecovery(
            Copies, View, services, Settlement, _departures, copies, new CopyLanes(services, Time), new CopyWindows(View), asking, Time);
        Settler = new Settler(
            View, local, Copies, services, Settlement, new NeighbourWatch(View, services, ports, Membership, Time), streams, copies, this, Time);
        _leaving = new Leaving(View, services, Settlement, Settler, Lease, Time);
        var retry = new Retry(Time, Lease);
        Replicas = new FeedReplicas(capacity, streams, retry, Time, Time, Membership, View);
        var reads = new RemoteReads(this);
        Reads = new LocalReads(
            local, Copies, View, Settlement, Lease, streams, new RemoteDirectory(this, world), reads, copies, capacity, Time);
        var (grains, connections) = (Readers.With(new ReaderGrain(View, Reads, reads)), new Connections());
        var signals = new SignalRouter(grains, streams, retry, Replicas, connections, capacity, Time);
        Broker = new ClusterBroker(grains, streams, retry, capacity, Replicas, connections, signals, Time, Time);
        Replicas.Observer = new GatewayObserver(Replicas, Broker, signals);
        Activations = new Activations(this, world, broken, () => new StreamGrain(
            capacity, Time, Time, local, View, Lease, recovery, null!, streams, here: Replicas));
    }

    public SiloAddress Address { get; }

    public Network Network { get; }

    public NodeTime Time { get; }

    public NodeMembership Membership { get; }

    public ClusterView View { get; }

    public Lease Lease { get; }

    public CopyStore Copies { get; }

    public CopyFinder Finder { get; }

    public ICopyService CopyService { get; }

    public Settlement Settlement { get; }

    public Settler Settler { get; }

    public FeedReplicas Replicas { get; }

    public ClusterBroker Broker { get; }

    public LocalReads Reads { get; }

    public Activations Activations { get; }

    public bool IsGone { get; private set; }

    public bool IsCut { get; set; }

    public bool IsPaused { get; private set; }

    /// <summary>Whether it was asked to stop and hands over what it holds.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Whether it holds what it should, and knows that all others do.</summary>
    public bool HasSettled => !IsCut && !IsPaused && Lease.IsHeld && Settler.HasSettled && Settlement.IsSettled;

    public void Start() => Do(() =>
    {
        _ = Execute(View, default);
        _ = Execute(Lease, default);
        _ = Execute(_departures, default);
        _ = Execute(Settler, default);
        RenewRegularly();
    });

    /// <summary>Renews the subscriptions of this node's gateway, as it does every four seconds and when silos join or leave.</summary>
    public void Renew()
    {
        foreach (var history in _world.Histories) _ = Replicas.RenewAsync(history.Stream);
    }

    /// <summary>Does something in this process: later if it is paused, and not at all once it has ended.</summary>
    public void Do(Action action)
    {
        if (IsPaused) _held.Enqueue(action);
        else if (!IsGone) action();
    }

    public void After(TimeSpan delay, Action action) => _scheduler.After(delay, () => Do(action));

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        IsPaused = false;
        while (_held.TryDequeue(out var action)) _scheduler.After(TimeSpan.Zero, () => Do(action));
    }

    /// <summary>Stops in good order, as a silo does at SIGTERM; <paramref name="report"/> writes its status to the table.</summary>
    public async Task StopAsync(bool handsOver, Action<SiloStatus> report)
    {
        IsStopping = true;
        if (handsOver)
            while (!await _leaving.LeaveAsync())
                await Task.Delay(TimeSpan.FromSeconds(1), Time);
        report(SiloStatus.ShuttingDown);
        await Activations.EndAllAsync();
        report(SiloStatus.Dead);
    }

    public void End()
    {
        IsGone = true;
        _held.Clear();
        foreach (var meter in _meters) meter.Dispose();
    }

    /// <summary>What it believes, for whoever looks into a history that went wrong.</summary>
    public string Describe() => $"lease {Lease.IsHeld}, version {View.Version}, settled {Settler.HasSettled}, all settled {Settlement.IsSettled}, view "
        + string.Join(' ', View.View.Members.Select(silo => silo.Endpoint.Port));

    public override string ToString() => $"{Address.Endpoint.Port}";

    Meter IMeterFactory.Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    void IDisposable.Dispose()
    {
        // ends with the process
    }

    private void RenewRegularly() => After(TimeSpan.FromSeconds(4), () =>
    {
        Renew();
        RenewRegularly();
    });

    // StartAsync would begin on another thread.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ExecuteAsync")]
    private static extern Task Execute(ClusterView service, CancellationToken stop);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ExecuteAsync")]
    private static extern Task Execute(Lease service, CancellationToken stop);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ExecuteAsync")]
    private static extern Task Execute(Departures service, CancellationToken stop);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ExecuteAsync")]
    private static extern Task Execute(Settler service, CancellationToken stop);
}
