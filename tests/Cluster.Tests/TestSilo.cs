using Malten.Grains.Hosting;
using Malten.Streams;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Malten.Cluster.Tests;

/// <summary>A silo as the product makes it, on a fake clock; Orleans itself keeps the real one.</summary>
internal sealed class TestSilo : ISiloConfigurator
{
    /// <summary>Orleans makes configurators by itself, so what they need waits here while a cluster is deployed.</summary>
    public static ClusterSettings Settings { get; set; } = null!;

    public void Configure(ISiloBuilder siloBuilder)
    {
        var services = siloBuilder.Services;
        services.AddSingleton<TimeProvider>(Settings.Time);
        foreach (var clock in new[]
        {
            TimeProviderNames.SystemTimers, TimeProviderNames.Membership, TimeProviderNames.ActivationManagement,
            TimeProviderNames.GrainDirectory,
        })
            services.AddKeyedSingleton(clock, TimeProvider.System);
        services.AddSingleton(new Capacity(Settings.Capacity));
        if (Settings.Responder is { } responder) services.AddSingleton(responder);
        siloBuilder.AddStreams();
        services.AddClusterBroker();
    }
}
