using Malten.Gateway.Hosting;
using Malten.Streams;
using Malten.Streams.Bytes;
using Malten.Streams.Limits;
using Malten.Testing;
using Malten.Testing.Contract;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Cluster.Tests;

/// <summary>
/// Three gateways on real Kestrel, each over the broker of another silo, on one fake clock. All tests share them, as they
/// share the silos: their streams have different names.
/// </summary>
public sealed class ClusterContractHost : IContractHost<ClusterContractHost>
{
    private static readonly List<WebApplication> Gateways = [];

    private readonly ClusterHost _cluster = new();

    public IReadOnlyList<Uri> Addresses => [.. Gateways.Select(gateway => new Uri(gateway.Urls.First()))];

    public FakeTime? Time => _cluster.Time;

    public static async ValueTask<ClusterContractHost> StartAsync()
    {
        var host = new ClusterContractHost();
        await host._cluster.StartAsync(new CapacityOptions());
        foreach (var (broker, relay) in host._cluster.Brokers.Zip(host._cluster.Relays).Skip(Gateways.Count))
            Gateways.Add(await StartGatewayAsync(broker, relay, host._cluster.Time));
        return host;
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    /// <summary>A gateway over the broker of one silo.</summary>
    internal static async Task<WebApplication> StartGatewayAsync(IStreamBroker broker, ByteRelay relay, FakeTime time)
    {
        var builder = WebApplication.CreateBuilder([
            "--urls=http://127.0.0.1:0", "--hostBuilder:reloadConfigOnChange=false", "--Malten:DrainSeconds=0",
            "--Malten:PostsPerSecondPerClient=1000000", "--Malten:PostsPerSecondPerClientAndStream=1000000",
            "--Malten:PostBurstPerClientAndStream=1000000", "--Malten:RequestsPerSecondWhenBusy=1000000", .. IceSettings.Arguments]);
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.AddGateway();
        builder.Services.AddSingleton(broker);
        builder.Services.AddSingleton(relay);
        var app = builder.Build();
        app.MapGateway();
        await app.StartAsync();
        return app;
    }
}
