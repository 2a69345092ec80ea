using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Real processes and real sockets: short forms of what <c>bench/Chaos</c> does at length.</summary>
public sealed class ChaosTests
{
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Killing_any_one_node_loses_no_acknowledged_message()
    {
        var seed = Random.Shared.Next(1_000_000);
        using var cluster = ProcessCluster.OnLoopback(3);
        await using var trial = new Trial(cluster, streams: 40, posters: 6, listeners: 20, seed);
        await cluster.StartAsync(trial.Http);
        await trial.StartAsync();
        await Scenarios.KillEachAsync(cluster.Nodes, trial, Calm);
        await AssertWellAsync(cluster, trial, seed);
    }

    [Fact]
    public async Task A_rolling_restart_loses_nothing()
    {
        var seed = Random.Shared.Next(1_000_000);
        using var cluster = ProcessCluster.OnLoopback(3);
        await using var trial = new Trial(cluster, streams: 40, posters: 6, listeners: 20, seed);
        await cluster.StartAsync(trial.Http);
        await trial.StartAsync();
        await Scenarios.RollAsync(cluster, trial, Calm);
        await AssertWellAsync(cluster, trial, seed);
    }

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
        await AssertWellAsync(cluster, trial, seed);
    }

    [Fact]
    public async Task A_new_node_and_a_gateway_join_while_any_one_seed_is_down()
    {
        var seed = Random.Shared.Next(1_000_000);
        using var cluster = ProcessCluster.OnLoopback(3);
        await using var trial = new Trial(cluster, streams: 20, posters: 3, listeners: 10, seed);
        await cluster.StartAsync(trial.Http);
        await trial.StartAsync();
        foreach (var down in cluster.Nodes.ToList())
        {
            down.Kill();
            await cluster.AddAsync(trial.Http);
            if (down.Index == 0) await cluster.AddAsync(trial.Http, "--role", "gateway");
            down.Start();
            await down.WaitUntilReadyAsync(trial.Http, TimeSpan.FromSeconds(90));
            await trial.ProbeAsync();
            await Task.Delay(Calm);
        }

        await AssertWellAsync(cluster, trial, seed);
    }

    private static async Task AssertWellAsync(ProcessCluster cluster, Trial trial, int seed)
    {
        var verdict = await trial.EndAsync();
        Assert.True(verdict.Faults.Count == 0,
            $"seed {seed}: {verdict}\n{string.Join('\n', cluster.Nodes.Select(node => $"--- node {node.Index}\n{node.Log}"))}");
        Assert.True(verdict.Acknowledged > 100, "The load was too small to show anything.");
    }
}
