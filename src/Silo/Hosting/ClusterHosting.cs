using System.Net;
using System.Runtime.InteropServices;
using Malten.Gateway.Hosting;
using Malten.Gateway.Memory;
using Malten.Gateway.Settings;
using Malten.Grains.Copies;
using Malten.Grains.Hosting;
using Malten.Grains.Members;
using Malten.Silo.Clustering;
using Malten.Silo.Lifetime;
using Malten.Silo.Memory;
using Malten.Silo.Settings;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Malten.Silo.Hosting;

/// <summary>Turns a gateway into a node of a cluster.</summary>
public static class ClusterHosting
{
    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--seeds"] = $"{MaltenClusterOptions.Section}:Seeds", ["--port"] = $"{MaltenClusterOptions.Section}:Port",
        ["--role"] = $"{MaltenClusterOptions.Section}:Role", ["--advertise"] = $"{MaltenClusterOptions.Section}:Advertise",
    };

    /// <summary>Reads the short forms of the settings that people type: <c>--seeds --port --role --advertise</c>.</summary>
    public static void AddClusterSettings(this WebApplicationBuilder builder, string[] args) =>
        builder.Configuration.AddCommandLine(args, Switches);

    /// <summary>
    /// Adds Orleans, as a silo or as a client of silos, and the broker that reaches streams through it. The seed is the same
    /// for all hosts of the process.
    /// </summary>
    public static void AddCluster(this WebApplicationBuilder builder, KeptSeed seed)
    {
        var services = builder.Services;
        services.AddSettings<MaltenClusterOptions>(MaltenClusterOptions.Section, static (section, options) => section.Bind(options));
        services.AddSingleton(seed).AddSingleton<SeedRegister>();
        services.AddSingleton<Rejoining>();
        services.AddSingleton<OwnAddress>();
        services.AddSingleton<OrleansBuffers>().AddSingleton<IKeptBuffers>(provider => provider.GetRequiredService<OrleansBuffers>());
        // Only the role is needed now; startup validates all settings, this one too.
        var text = builder.Configuration[$"{MaltenClusterOptions.Section}:{nameof(MaltenClusterOptions.Role)}"];
        if (Enum.TryParse<ClusterRole>(text, true, out var role) && role == ClusterRole.Gateway) builder.AddClient();
        else builder.AddSilo();
        services.AddClusterBroker(); // after Orleans, so that it starts after it and stops before it
    }

    /// <summary>Finds the address under which other nodes reach this one; must return before the application runs.</summary>
    /// <exception cref="OperationCanceledException">The process was asked to stop.</exception>
    public static async Task FindOwnAddressAsync(this WebApplication app)
    {
        // The host handles these signals only from its start on.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        await app.Services.GetRequiredService<OwnAddress>().FindAsync(app.Lifetime.ApplicationStopping);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            app.Lifetime.StopApplication();
        }
    }

    private static void AddSilo(this WebApplicationBuilder builder) => builder.UseOrleans(silo =>
    {
        silo.Services.AddSingleton<IFatalErrorHandler>(provider => provider.GetRequiredService<Rejoining>());
        if (!builder.HasOtherTable())
        {
            silo.Services.AddSingleton<IMembershipTable, RegisterMembershipTable>();
            silo.Services.AddSingleton<IGatewayListProvider, RegisterGateways>();
            silo.Services.AddHealthChecks().AddCheck<SeedCheck>("seed", tags: [GatewayHosting.ReadyTag]);
        }

        silo.Services.AddHostedService<MembershipLog>();
        silo.Services.AddOptions<ClusterOptions>().Configure<IOptions<MaltenClusterOptions>>(Name);
        silo.Services.AddOptions<EndpointOptions>().Configure<IOptions<MaltenClusterOptions>, OwnAddress>(Listen);
        silo.Services.AddOptions<SiloConnectionOptions>().Configure<OrleansBuffers>(Watch);
        silo.Configure<ClusterMembershipOptions>(ForLan);
        silo.Configure<SiloMessagingOptions>(ForLan);
        silo.Services.AddOptions<CopyOptions>().Configure<IOptions<MaltenClusterOptions>>(
            (copies, options) => copies.Copies = options.Value.Copies);
        silo.Services.AddOptions<LeaseOptions>().Configure<IOptions<MaltenClusterOptions>>(
            (lease, options) => lease.ServesWithoutTable = options.Value.WithoutSeeds == WithoutSeeds.Serve);
        silo.Services.AddHealthChecks().AddCheck<MemberCheck>("member", tags: [GatewayHosting.ReadyTag]);
        silo.AddStreams();
    });

    private static void AddClient(this WebApplicationBuilder builder) => builder.UseOrleansClient(client =>
    {
        if (!builder.HasOtherTable()) client.Services.AddSingleton<IGatewayListProvider, RegisterGateways>();
        client.Services.AddOptions<ClusterOptions>().Configure<IOptions<MaltenClusterOptions>>(Name);
        client.Configure<Orleans.Configuration.GatewayOptions>(
            gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
        client.Services.AddOptions<ClientConnectionOptions>().Configure<OrleansBuffers>(
            static (connections, buffers) => connections.ConfigureConnection(buffers.Watch));
        client.UseConnectionRetryFilter<SiloRetry>();
    });

    /// <summary>Whether the configuration names another membership table, which Orleans then adds by itself.</summary>
    private static bool HasOtherTable(this WebApplicationBuilder builder) =>
        builder.Configuration["Orleans:Clustering:ProviderType"] is { Length: > 0 };

    private static void Name(ClusterOptions cluster, IOptions<MaltenClusterOptions> options) =>
        (cluster.ClusterId, cluster.ServiceId) = (options.Value.Id, "malten");

    private static void Listen(EndpointOptions endpoints, IOptions<MaltenClusterOptions> options, OwnAddress own)
    {
        var (port, gatewayPort) = (options.Value.Port, options.Value.GatewayPort);
        (endpoints.AdvertisedIPAddress, endpoints.SiloPort, endpoints.GatewayPort) = (own.Value, port, gatewayPort);
        if (IPAddress.IsLoopback(own.Value)) return;
        endpoints.SiloListeningEndpoint = new IPEndPoint(IPAddress.Any, port);
        endpoints.GatewayListeningEndpoint = new IPEndPoint(IPAddress.Any, gatewayPort);
    }

    private static void Watch(SiloConnectionOptions connections, OrleansBuffers buffers)
    {
        connections.ConfigureSiloInboundConnection(buffers.Watch);
        connections.ConfigureSiloOutboundConnection(buffers.Watch);
        connections.ConfigureGatewayInboundConnection(buffers.Watch);
    }

    /// <summary>
    /// Callers of the grain directory wait for the system timeout when the silo that holds the entry has just died: 3 s
    /// instead of Orleans' 30 s.
    /// </summary>
    private static void ForLan(SiloMessagingOptions messaging)
    {
        messaging.SystemResponseTimeout = TimeSpan.FromSeconds(3);
        messaging.ResponseTimeout = TimeSpan.FromSeconds(10);
    }

    /// <summary>
    /// A silo that does not answer is declared dead after two to three seconds, by two votes, or by one where only two
    /// silos are left.
    /// </summary>
    private static void ForLan(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = TimeSpan.FromSeconds(0.7);
        membership.NumMissedProbesLimit = 3;
        // An indirect probe gets as much time as the third silo may take for its own, so its answer mostly comes too late to
        // count, and a silo that was cut off stays in the table. Two votes guard against one silo's own bad connection.
        membership.EnableIndirectProbes = false;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
        membership.DefunctSiloExpiration = TimeSpan.FromMinutes(10);
        membership.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(5);
    }
}
