using System.Net;
using Malten.Gateway.Settings;
using Malten.Grains.Hosting;
using Malten.Silo.Clustering;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Malten.Silo.Hosting;

/// <summary>Makes a node of a cluster out of a gateway.</summary>
public static class ClusterHosting
{
    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--seeds"] = $"{MaltenClusterOptions.Section}:Seeds", ["--port"] = $"{MaltenClusterOptions.Section}:Port",
        ["--role"] = $"{MaltenClusterOptions.Section}:Role", ["--advertise"] = $"{MaltenClusterOptions.Section}:Advertise",
    };

    /// <summary>Reads the short forms of the settings that one gives by hand: <c>--seeds --port --role --advertise</c>.</summary>
    public static void AddClusterSettings(this WebApplicationBuilder builder, string[] args) =>
        builder.Configuration.AddCommandLine(args, Switches);

    /// <summary>Adds Orleans and the broker over it: a silo, or a client of silos.</summary>
    public static async Task AddClusterAsync(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSettings<MaltenClusterOptions>(MaltenClusterOptions.Section);
        services.AddSingleton<SeedRegister>();
        services.AddSingleton<Rejoining>();
        var options = builder.Configuration.GetSection(MaltenClusterOptions.Section).Get<MaltenClusterOptions>() ?? new();
        if (options.Role == ClusterRole.Gateway) builder.AddClient(options);
        else builder.AddSilo(options, await OwnAddress.FindAsync(options));
        services.AddClusterBroker(); // after Orleans: starts after it, stops before it
    }

    private static void AddSilo(this WebApplicationBuilder builder, MaltenClusterOptions options, IPAddress address) =>
        builder.UseOrleans(silo =>
        {
            silo.Services.AddSingleton<IFatalErrorHandler>(provider => provider.GetRequiredService<Rejoining>());
            if (!builder.HasOtherTable())
            {
                silo.Services.AddSingleton<IMembershipTable, RegisterMembershipTable>();
                silo.Services.AddSingleton<IGatewayListProvider, RegisterGateways>();
            }

            silo.Services.AddHostedService<MembershipLog>();
            silo.Configure<ClusterOptions>(cluster => Name(cluster, options));
            silo.ConfigureEndpoints(address, options.Port, options.GatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(address));
            silo.Configure<ClusterMembershipOptions>(ForLan);
            silo.Configure<SiloMessagingOptions>(ForLan);
            silo.AddStreams();
        });

    private static void AddClient(this WebApplicationBuilder builder, MaltenClusterOptions options) =>
        builder.UseOrleansClient(client =>
        {
            if (!builder.HasOtherTable()) client.Services.AddSingleton<IGatewayListProvider, RegisterGateways>();
            client.Configure<ClusterOptions>(cluster => Name(cluster, options));
            client.Configure<Orleans.Configuration.GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5));
            client.UseConnectionRetryFilter(async (_, cancellation) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
                return true; // silos may come later than this node
            });
        });

    /// <summary>Orleans itself reads this section and puts in the provider that it names; the register would take its place.</summary>
    private static bool HasOtherTable(this WebApplicationBuilder builder) =>
        builder.Configuration["Orleans:Clustering:ProviderType"] is { Length: > 0 };

    private static void Name(ClusterOptions cluster, MaltenClusterOptions options) =>
        (cluster.ClusterId, cluster.ServiceId) = (options.Id, "malten");

    /// <summary>
    /// What asks the grain directory waits for this long when the silo that answers has just died: the default is 30 s.
    /// </summary>
    private static void ForLan(SiloMessagingOptions messaging)
    {
        messaging.SystemResponseTimeout = TimeSpan.FromSeconds(3);
        messaging.ResponseTimeout = TimeSpan.FromSeconds(10);
    }

    /// <summary>
    /// A silo that answers nothing is buried after three to four seconds, if two others agree, or one where there are only two.
    /// </summary>
    private static void ForLan(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = TimeSpan.FromSeconds(1);
        membership.NumMissedProbesLimit = 3;
        // A probe by way of a third silo is given as long as that silo may take itself, so its "no" mostly comes too late to
        // count, and a silo that was cut off stays in the table; two votes guard against one silo's own bad connection.
        membership.EnableIndirectProbes = false;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
        membership.DefunctSiloExpiration = TimeSpan.FromMinutes(10);
        membership.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(5);
    }
}
