using System.Net;
using System.Net.Sockets;
using Malten.Gateway.Hosting;
using Malten.Grains.Members;
using Malten.Silo.Clustering;
using Malten.Silo.Hosting;
using Malten.Testing.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Cluster.Tests.Members;

/// <summary>A silo that joins where another one has died lately, at an address that does not refuse connections.</summary>
public sealed class JoiningTests : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly TcpListener _elsewhere = new(IPAddress.Loopback, 0); // its host is gone, and another one has its address
    private WebApplication _app = null!;
    private bool? _isCertain;

    public JoiningTests() => _elsewhere.Start();

    public void Dispose() => _elsewhere.Dispose();

    [Fact]
    public async Task It_has_waited_for_the_dead_one_when_streams_can_move_to_it()
    {
        var port = FreePorts.Find(1, 4)[0];
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port + 3}");
        builder.AddClusterSettings(["--port", $"{port}", "--seeds", $"127.0.0.1:{port}", "--advertise", "127.0.0.1"]);
        builder.AddGateway();
        await using var seed = new KeptSeed();
        builder.AddCluster(seed);
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(this);
        await using var app = _app = builder.Build();
        await app.FindOwnAddressAsync();
        await app.StartAsync();
        await app.StopAsync();
        Assert.True(_isCertain);
    }

    void ILifecycleParticipant<ISiloLifecycle>.Participate(ISiloLifecycle lifecycle)
    {
        // After the table was read first, and before this silo writes that it is joining.
        lifecycle.Subscribe(nameof(JoiningTests), ServiceLifecycleStage.RuntimeGrainServices + 1, _ => BuryAsync());
        lifecycle.Subscribe(nameof(JoiningTests), ServiceLifecycleStage.BecomeActive, _ =>
        {
            _isCertain = _app.Services.GetRequiredService<Departures>().UntilCertainAsync(default).IsCompletedSuccessfully;
            return Task.CompletedTask;
        });
    }

    private async Task BuryAsync()
    {
        var table = _app.Services.GetRequiredService<IMembershipTable>();
        var dead = SiloAddress.New((IPEndPoint)_elsewhere.LocalEndpoint, 1);
        Assert.True(await table.InsertRow(
            new MembershipEntry { SiloAddress = dead, Status = SiloStatus.Dead, SiloName = "" }, (await table.ReadAll()).Version));
    }
}
