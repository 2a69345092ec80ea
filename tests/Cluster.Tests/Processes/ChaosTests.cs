using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Real processes and real sockets: short forms of what <c>bench/Chaos</c> does at length.</summary>
[Collection(nameof(TroubledNodes))]
public sealed class ChaosTests(TroubledNodes nodes)
{
    private const int ListenersAtGateway = 10;
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);
    private readonly ProcessCluster _cluster = nodes.Cluster;
    private readonly int _seed = Random.Shared.Next(1_000_000);

    [Fact]
    public async Task Killing_any_one_silo_loses_no_acknowledged_message_and_cuts_no_listener_off_from_a_gateway()
    {
        await using var trial = await StartAsync(new Load(Streams: 30, Posters: 2, Listeners: 8));
        var silos = _cluster.Nodes;
        // A node in the role gateway is an Orleans client, which is not told when a silo dies.
        var gateway = await _cluster.AddAsync(trial.Http, "--role", "gateway");
        await using var there = Trials.Prepare(_cluster, new Load(Streams: 10, Posters: 1, ListenersAtGateway, Readers: 1), _seed + 1_000_000, [gateway]);
        await there.StartAsync();
        await Scenarios.KillEachAsync(silos, trial, Calm, there);
        await trial.AssertWellAsync(_cluster);
        var report = await there.AssertWellAsync(_cluster);
        Assert.Equal(ListenersAtGateway, report.Connections); // nobody at the gateway noticed
    }

    [Fact]
    public async Task A_rolling_restart_loses_nothing()
    {
        await using var trial = await StartAsync(new Load(Streams: 30, Posters: 2, Listeners: 8));
        await Scenarios.RollAsync(_cluster, trial, Calm);
        await trial.AssertWellAsync(_cluster);
    }

    [Fact]
    public async Task Nodes_that_are_stopped_one_right_after_the_other_lose_nothing()
    {
        await using var trial = await StartAsync(new Load(Streams: 10, Posters: 2, Listeners: 4));
        await Scenarios.RollAsync(_cluster, trial, TimeSpan.Zero);
        await trial.AssertWellAsync(_cluster);
    }

    [Fact]
    public async Task A_node_that_hangs_for_a_while_loses_nothing_and_answers_nothing_old()
    {
        await using var trial = await StartAsync(new Load(Streams: 20, Posters: 2, Listeners: 6));
        await Scenarios.PauseEachAsync([_cluster.Nodes[Random.Shared.Next(3)]], trial, TimeSpan.FromSeconds(8), Calm);
        await trial.AssertWellAsync(_cluster);
    }

    [Fact]
    public async Task A_new_node_and_a_gateway_join_while_any_one_seed_is_down()
    {
        await using var trial = await StartAsync(new Load(Streams: 20, Posters: 2, Listeners: 6));
        foreach (var down in _cluster.Nodes)
        {
            down.Kill();
            await _cluster.AddAsync(trial.Http);
            if (down.Index == 0) await _cluster.AddAsync(trial.Http, "--role", "gateway");
            down.Start();
            await down.WaitUntilReadyAsync(trial.Http, TimeSpan.FromSeconds(90));
            await trial.ProbeAsync();
            await Task.Delay(Calm);
        }

        await trial.AssertWellAsync(_cluster);
    }

    [Fact]
    public async Task A_seed_that_is_killed_while_another_one_joins_again_costs_neither_the_table_nor_a_message()
    {
        await using var trial = await StartAsync(new Load(Streams: 20, Posters: 2, Listeners: 6));
        var (mistaken, killed, third) = (_cluster.Nodes[0], _cluster.Nodes[1], _cluster.Nodes[2]);
        var (losses, rejoins) = (Losses(mistaken), third.Rejoins);
        mistaken.IsReachable = false;
        mistaken.Pause();
        await Task.Delay(TimeSpan.FromSeconds(8)); // it is declared dead, and its streams are whole elsewhere
        await trial.ProbeAsync();
        mistaken.Resume();
        for (var left = 9000; Losses(mistaken) == losses; left--)
        {
            Assert.True(left > 0, $"Nobody has declared it dead.\n{_cluster.Logs}");
            await Task.Delay(10);
        }

        killed.Kill();
        killed.Start();
        mistaken.IsReachable = true;
        foreach (var node in _cluster.Nodes) await node.WaitUntilReadyAsync(trial.Http, TimeSpan.FromSeconds(90));
        await trial.ProbeAsync();
        await trial.AssertWellAsync(_cluster);
        Assert.Equal(rejoins, third.Rejoins);

        static int Losses(Node node) => node.Log.Split("lost its place in the cluster").Length;
    }

    private async Task<Trial> StartAsync(Load load)
    {
        var trial = Trials.Prepare(_cluster, load, _seed);
        await _cluster.StartAsync(trial.Http);
        await trial.StartAsync();
        return trial;
    }
}
