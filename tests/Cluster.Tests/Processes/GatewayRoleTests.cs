using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>A node in the role gateway: an Orleans client, which is not told when a silo dies.</summary>
[Collection(nameof(TroubledNodes))]
public sealed class GatewayRoleTests(TroubledNodes nodes)
{
    private const int Listeners = 10;

    [Fact]
    public async Task It_goes_on_serving_when_any_silo_that_it_talks_to_is_killed()
    {
        var seed = Random.Shared.Next(1_000_000);
        using var http = new HttpClient();
        await nodes.Cluster.StartAsync(http);
        var silos = nodes.Cluster.Nodes;
        var gateway = await nodes.Cluster.AddAsync(http, "--role", "gateway");
        await using var trial = new Trial(nodes.Cluster, streams: 20, posters: 3, Listeners, seed, [gateway]);
        await trial.StartAsync();
        await Scenarios.KillEachAsync(silos, trial, TimeSpan.FromSeconds(2));
        var verdict = await trial.AssertWellAsync(nodes.Cluster, seed);
        Assert.Equal(Listeners, verdict.Connections); // nobody at the gateway noticed
    }
}
