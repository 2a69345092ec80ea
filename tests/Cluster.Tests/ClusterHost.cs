using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Grains.MessageStreams;
using Malten.Streams;
using Malten.Streams.Bytes;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Malten.Cluster.Tests;

/// <summary>The brokers of three silos in one process, on one fake clock.</summary>
public sealed class ClusterHost : BrokerHost
{
    private static readonly SemaphoreSlim Deploying = new(1);
    private static TestCluster? _shared;
    private static FakeTime _sharedTime = new();
    private TestCluster _cluster = null!;
    private FakeTime _time = null!;

    public override IReadOnlyList<IStreamBroker> Brokers => Services<IStreamBroker>();

    public override IReadOnlyList<ByteRelay> Relays => Services<ByteRelay>();

    public TestCluster Cluster => _cluster;

    public FakeTime Time => _time;

    /// <summary>See <see cref="ClusterSettings.CollectionQuantum"/>; with one, the cluster is not shared.</summary>
    public TimeSpan? CollectionQuantum { get; init; }

    /// <summary>See <see cref="ClusterSettings.Silos"/>; with another number than three, the cluster is not shared.</summary>
    public short Silos { get; init; } = 3;

    /// <summary>See <see cref="ClusterSettings.Calls"/>; with a filter, the cluster is not shared.</summary>
    public IOutgoingGrainCallFilter? Calls { get; init; }

    public override Timestamp Now => Timestamp.Now(_time);

    public override long StreamsHeld => Services<Capacity>().Sum(capacity => capacity.Streams);

    public override long BytesHeld => Services<Capacity>().Sum(capacity => capacity.Bytes);

    /// <summary>Tests that want nothing special share a cluster: their streams have different names.</summary>
    public override async Task StartAsync(CapacityOptions capacity, ICommandResponder? responder = null)
    {
        await Deploying.WaitAsync();
        try
        {
            if (responder is null && capacity == new CapacityOptions() && CollectionQuantum is null && Silos == 3 && Calls is null)
            {
                _shared ??= await DeployAsync(new ClusterSettings(_sharedTime, capacity, null));
                (_cluster, _time) = (_shared, _sharedTime);
            }
            else
            {
                _time = new FakeTime();
                _cluster = await DeployAsync(new ClusterSettings(_time, capacity, responder)
                {
                    CollectionQuantum = CollectionQuantum, Silos = Silos, Calls = Calls,
                });
            }
        }
        finally
        {
            Deploying.Release();
        }
    }

    public override async Task AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        for (var attempt = 0; Services<LocalStreams>().Any(streams => streams.AreOverdue); attempt++)
        {
            Assert.True(attempt < 2000, "A stream whose time has passed does not end.");
            await Task.Delay(5);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_cluster is not null && _cluster != _shared) await _cluster.DisposeAsync();
    }

    /// <summary>Lets time pass on the hosts, and not for streams. Returns when the silos know again that they are members.</summary>
    public async Task JumpAsync(TimeSpan by)
    {
        ((HostTime)Services<TimeProvider>()[0]).Jump(by);
        await Eventually.IsSoAsync(() => Services<Lease>().TrueForAll(lease => lease.IsHeld));
    }

    /// <summary>The grain of a stream.</summary>
    public IStreamGrain Stream(StreamName name) => _cluster.GrainFactory.GetGrain<IStreamGrain>(name.Value);

    /// <summary>The activations of streams on all silos, or of one stream.</summary>
    public async Task<int> ActivationsAsync(StreamName? name = null)
    {
        var all = await _cluster.GrainFactory.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        return all.Count(one => one.GrainType.Contains("StreamGrain", StringComparison.Ordinal)
            && (name is null || one.GrainId.Key.ToString() == name.Value.Value));
    }

    /// <summary>Returns when every silo sees the view settled.</summary>
    public async Task SettledAsync()
    {
        for (var attempt = 0; !Services<Settlement>().TrueForAll(settlement => settlement.IsSettled); attempt++)
        {
            Assert.True(attempt < 2000, "The cluster does not settle.");
            await Task.Delay(10);
        }
    }

    private static async Task<TestCluster> DeployAsync(ClusterSettings settings)
    {
        TestSilo.Settings = settings;
        var builder = new TestClusterBuilder(settings.Silos);
        // Silos of one process speak through memory: ports of other programs are not in the way. Real sockets have tests of their own.
        builder.AddSiloBuilderConfigurator<TestSilo>();
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }

    /// <summary>That service of each silo.</summary>
    internal List<T> Services<T>()
        where T : notnull =>
        [.. _cluster.Silos.Cast<InProcessSiloHandle>().Select(silo => silo.SiloHost.Services.GetRequiredService<T>())];
}
