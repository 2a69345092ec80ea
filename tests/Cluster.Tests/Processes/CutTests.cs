using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Hosts that can't reach each other for a while.</summary>
public sealed class CutTests
{
    [Fact]
    public async Task A_node_that_was_cut_off_comes_back_and_agrees()
    {
        Assert.SkipWhen(TestNetwork.Missing() is not null, TestNetwork.Missing() ?? "");
        var seed = Random.Shared.Next(1_000_000);
        using var network = TestNetwork.Create(3);
        using var cluster = ProcessCluster.On(network);
        await using var trial = new Trial(cluster, streams: 40, posters: 6, listeners: 20, seed);
        await cluster.StartAsync(trial.Http);
        await trial.StartAsync();
        await Scenarios.CutAsync(cluster, network, trial, Random.Shared.Next(3), TimeSpan.FromSeconds(15));
        await trial.AssertWellAsync(cluster, seed);
    }
}
