using Malten.Grains.Broker;
using Malten.Grains.Bytes;
using Malten.Grains.Calls;
using Malten.Grains.Catalog;
using Malten.Grains.Commands;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Malten.Grains.MessageStreams;
using Malten.Grains.Reads;
using Malten.Grains.Replicas;
using Malten.Grains.Settling;
using Malten.Streams;
using Malten.Streams.Bytes;
using Malten.Streams.Limits;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Streams;

namespace Malten.Grains.Hosting;

/// <summary>Adds streams to a silo, and the broker that reaches them to a silo or a client.</summary>
public static class ClusterStreams
{
    /// <summary>
    /// Makes a silo hold streams. The caller registers <see cref="Capacity"/>, and may register a
    /// <see cref="TimeProvider"/> under <see cref="StreamClock.Key"/>.
    /// </summary>
    public static ISiloBuilder AddStreams(this ISiloBuilder silo)
    {
        silo.AddDistributedGrainDirectory();
        // The cache of where grains live. Orleans' default of a million entries takes 19 MB of each silo at once.
        silo.Configure<GrainDirectoryOptions>(directory => directory.CacheSize = 100_000);
        silo.AddCommandStream();
        // How busy each silo is only says where grains are placed that are of no stream: no need to tell all others every second.
        silo.Configure<DeploymentLoadPublisherOptions>(load => load.DeploymentLoadPublisherRefreshTime = TimeSpan.FromMinutes(1));
        silo.AddGrainService<CopyService>();
        silo.AddGrainService<ListingService>();
        silo.AddGrainService<ReadService>();
        silo.Services.AddLogging(logging => logging // the base class of grain services logs every change of its ring
            .AddFilter(typeof(CopyService).FullName, LogLevel.Warning)
            .AddFilter(typeof(ListingService).FullName, LogLevel.Warning)
            .AddFilter(typeof(ReadService).FullName, LogLevel.Warning));
        silo.Services.AddCalls();
        silo.Services.AddSingleton<ClusterView>().AddHostedService(provider => provider.GetRequiredService<ClusterView>());
        silo.Services.AddSingleton<CommandPublisher>().AddSingleton<TakenCommands>();
        silo.Services.AddSingleton<ICopyServices, CopyClient>().AddSingleton<CopyStore>();
        silo.Services.AddSingleton<CopyLanes>().AddSingleton<CopyWindows>();
        silo.Services.AddSingleton<CopyRecovery>().AddSingleton<CopyFinder>().AddSingleton<Settlement>();
        silo.AddPlacementDirector<CandidatePlacement, CandidatePlacementDirector>();
        silo.Services.AddSingleton<Lease>().AddHostedService(provider => provider.GetRequiredService<Lease>());
        silo.Services.AddSingleton<IPortProbe, PortProbe>();
        silo.Services.AddSingleton<Departures>().AddHostedService(provider => provider.GetRequiredService<Departures>());
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<Departures>());
        silo.Services.AddSingleton<Settler>().AddHostedService(provider => provider.GetRequiredService<Settler>());
        silo.Services.AddSingleton<NeighbourWatch>().AddHostedService(provider => provider.GetRequiredService<NeighbourWatch>());
        silo.Services.AddSingleton<Leaving>().AddSingleton(
            provider => new SiloMembership(provider.GetRequiredService<Lease>(), provider.GetRequiredService<Leaving>()));
        silo.Services.AddSingleton<LocalStreams>().AddSingleton<ListingClient>();
        silo.Services.AddSingleton<IRunningStreams>(provider => provider.GetRequiredService<LocalStreams>());
        silo.Services.AddSingleton<LocalReads>().AddSingleton<IReadServices, ReadClient>();
        return silo;
    }

    private static void AddCommandStream(this ISiloBuilder silo) =>
        // Without the directory of explicit subscriptions, which would keep an activation and a state for every name.
        silo.AddMemoryStreams(CommandStream.Provider, streams =>
        {
            streams.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
            // Each queue is asked ten times a second whether anything has come, mostly by a silo that has to ask another one. One
            // queue takes more commands than clients may send.
            streams.ConfigurePartitioning(1);
            // A command is taken within a second, or fails. By default Orleans keeps it for half an hour.
            streams.ConfigureCacheEviction(eviction => eviction.Configure(options =>
                (options.DataMinTimeInCache, options.DataMaxAgeInCache) = (TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10))));
            // What is remembered of a name to which no command is sent any more; half an hour by default.
            streams.ConfigurePullingAgent(agent => agent.Configure(options => options.StreamInactivityPeriod = TimeSpan.FromMinutes(2)));
        });

    /// <summary>Adds the broker that reaches the streams of the cluster, in a silo or in a client of one.</summary>
    public static IServiceCollection AddClusterBroker(this IServiceCollection services)
    {
        services.AddCalls();
        services.AddSingleton<FeedReplicas>();
        services.AddSingleton<Connections>().AddSingleton<SignalRouter>();
        services.AddSingleton<ClusterBroker>();
        services.AddSingleton<IStreamBroker>(provider => provider.GetRequiredService<ClusterBroker>());
        services.AddSingleton<IHostedService, GatewayService>();
        services.AddSingleton<ByteGateway>().AddSingleton<IByteDirectory, ClusterByteDirectory>();
        services.AddSingleton(provider => new ByteRelay(provider.GetRequiredService<IByteDirectory>(),
            provider.GetRequiredService<Capacity>(), provider.GetRequiredKeyedService<TimeProvider>(StreamClock.Key)));
        return services;
    }

    private static void AddCalls(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Retry>();
        services.TryAddSingleton<IStreamGrains, StreamGrains>();
    }
}
