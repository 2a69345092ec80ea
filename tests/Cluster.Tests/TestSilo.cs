using Malten.Grains;
using Malten.Grains.Hosting;
using Malten.Grains.Members;
using Malten.Streams.Limits;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Metadata;
using Orleans.TestingHost;

namespace Malten.Cluster.Tests;

/// <summary>A silo as the product makes it, with a fake clock for streams; Orleans itself keeps the real one.</summary>
internal sealed class TestSilo : ISiloConfigurator
{
    /// <summary>Orleans makes configurators by itself, so what they need waits here while a cluster is deployed.</summary>
    public static ClusterSettings Settings { get; set; } = null!;

    public void Configure(ISiloBuilder siloBuilder)
    {
        var services = siloBuilder.Services;
        services.AddKeyedSingleton<TimeProvider>(StreamClock.Key, Settings.Time);
        services.AddSingleton<TimeProvider>(Settings.HostTime);
        services.AddSingleton(new Capacity(Settings.Capacity));
        if (Settings.Responder is { } responder) services.AddSingleton(responder);
        if (Settings.CollectionQuantum is { } quantum) CollectEvery(quantum, services);
        if (Settings.Calls is { } calls) siloBuilder.AddOutgoingGrainCallFilter(calls);
        siloBuilder.AddStreams();
        services.AddSingleton<IPortProbe, MemoryPorts>();
        services.AddClusterBroker();
    }

    private static void CollectEvery(TimeSpan quantum, IServiceCollection services)
    {
        services.Configure<GrainCollectionOptions>(options => (options.CollectionQuantum, options.CollectionAge) = (quantum, 2 * quantum));
        services.AddSingleton<IGrainPropertiesProvider>(new CollectionAge(2 * quantum)); // after that of attributes, so it counts
    }
}
