using Malten.Grains.Commands;
using Malten.Grains.Gateways;
using Malten.Grains.MessageStreams;
using Malten.Grains.Replicas;
using Malten.Streams;
using Malten.Streams.Limits;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace Malten.Grains.Hosting;

/// <summary>Puts the streams of the cluster into a silo, and the way to them into any process of the cluster.</summary>
public static class ClusterStreams
{
    /// <summary>
    /// Makes a silo hold streams. <see cref="Capacity"/> and <see cref="TimeProvider"/> come from elsewhere.
    /// </summary>
    public static ISiloBuilder AddStreams(this ISiloBuilder silo)
    {
        silo.AddDistributedGrainDirectory();
        // Where streams are that were asked for here. Orleans makes room for a million at once, twice: 19 MB of each silo.
        silo.Configure<GrainDirectoryOptions>(directory => directory.CacheSize = 100_000);
        silo.AddMemoryStreams(CommandStream.Provider);
        silo.AddMemoryGrainStorage("PubSubStore");
        silo.AddGrainService<SiloService>();
        silo.Services.AddLogging(logging => logging.AddFilter(typeof(SiloService).FullName, LogLevel.Warning)); // its base tells of rings
        silo.Services.TryAddSingleton<CommandStream>();
        silo.Services.TryAddSingleton<TakenCommands>();
        silo.Services.TryAddSingleton<Peers>();
        silo.Services.TryAddSingleton<StreamGrains>();
        silo.Services.TryAddSingleton<LocalStreams>();
        silo.Services.TryAddSingleton<ReplicaStore>();
        return silo;
    }

    /// <summary>Adds the broker that reaches the streams of the cluster, in a silo or in a client of one.</summary>
    public static IServiceCollection AddClusterBroker(this IServiceCollection services)
    {
        services.TryAddSingleton<StreamGrains>();
        services.AddSingleton(provider => new FeedReplicas(
            provider.GetRequiredService<StreamGrains>(), provider.GetService<ILocalSiloDetails>()?.SiloAddress,
            provider.GetRequiredKeyedService<TimeProvider>(StreamClock.Key)));
        services.AddSingleton(provider => new ClusterBroker(provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<StreamGrains>(), provider.GetRequiredService<Capacity>(), provider.GetRequiredService<FeedReplicas>()));
        services.AddSingleton<IStreamBroker>(provider => provider.GetRequiredService<ClusterBroker>());
        services.AddSingleton<IHostedService, GatewayService>();
        return services;
    }
}
