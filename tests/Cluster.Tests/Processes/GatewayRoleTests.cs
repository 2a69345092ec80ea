using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>A node in the role gateway: an Orleans client, which is not told when a silo dies.</summary>
public sealed class GatewayRoleTests
{
    private const int Listeners = 10;

    [Fact]
    public async Task It_goes_on_serving_when_any_silo_that_it_talks_to_is_killed()
    {
        var seed = Random.Shared.Next(1_000_000);
        using var http = new HttpClient();
        using var cluster = ProcessCluster.OnLoopback(3);
        await cluster.StartAsync(http);
        var silos = cluster.Nodes;
        var gateway = await cluster.AddAsync(http, "--role", "gateway");
        await using var trial = new Trial(cluster, streams: 20, posters: 3, Listeners, seed, [gateway]);
        await trial.StartAsync();
        await Scenarios.KillEachAsync(silos, trial, TimeSpan.FromSeconds(2));
        var verdict = await trial.EndAsync();
        Assert.True(verdict.Faults.Count == 0, $"seed {seed}: {verdict}\n{gateway.Log}");
        Assert.Equal(Listeners, verdict.Connections); // nobody at the gateway noticed
        Assert.True(verdict.Acknowledged > 100, "The load was too small to show anything.");
    }
}
