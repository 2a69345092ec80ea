namespace Malten.Testing.Nodes;

/// <summary>What may happen to a cluster.</summary>
public static class Scenarios
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>
    /// Each of these nodes in turn is killed, and started again once every stream of every trial has taken a post without it.
    /// Returns how long that took in the first trial.
    /// </summary>
    public static async Task<List<TimeSpan>> KillEachAsync(IReadOnlyList<Node> nodes, Trial trial, TimeSpan calm, params Trial[] others)
    {
        var recoveries = new List<TimeSpan>();
        foreach (var node in nodes)
        {
            await Task.Delay(calm);
            node.Kill();
            recoveries.Add(await trial.ProbeAsync());
            foreach (var other in others) await other.ProbeAsync();
            node.Start();
            await node.WaitUntilReadyAsync(trial.Http, Patience);
        }

        await Task.Delay(calm);
        return recoveries;
    }

    /// <summary>Each node in turn is stopped in good order and started again.</summary>
    public static async Task RollAsync(ProcessCluster cluster, Trial trial, TimeSpan calm)
    {
        foreach (var node in cluster.Nodes)
        {
            await Task.Delay(calm);
            await node.StopAsync();
            node.Start();
            await node.WaitUntilReadyAsync(trial.Http, Patience);
        }

        await Task.Delay(calm);
    }

    /// <summary>
    /// Each node in turn hangs for a while. Returns how long it took until every stream took posts again at the others. A
    /// node that was declared dead meanwhile joins again.
    /// </summary>
    public static async Task<List<TimeSpan>> PauseEachAsync(IReadOnlyList<Node> nodes, Trial trial, TimeSpan duration, TimeSpan calm)
    {
        var recoveries = new List<TimeSpan>();
        foreach (var node in nodes)
        {
            await Task.Delay(calm);
            node.IsReachable = false;
            node.Pause();
            var paused = Task.Delay(duration);
            recoveries.Add(await trial.ProbeAsync());
            await paused;
            node.Resume();
            node.IsReachable = true;
            await Task.Delay(calm);
            await node.WaitUntilReadyAsync(trial.Http, Patience);
        }

        return recoveries;
    }

    /// <summary>
    /// Some hosts are cut off together for a while: they reach each other, and clients reach both sides. Calls
    /// <paramref name="meanwhile"/> before the network is one again.
    /// </summary>
    public static async Task SplitAsync(
        ProcessCluster cluster, TestNetwork network, Trial trial, int[] hosts, TimeSpan duration, Func<Task> meanwhile)
    {
        network.Split(hosts);
        await Task.Delay(duration);
        await meanwhile();
        network.Unite();
        await Task.Delay(TimeSpan.FromSeconds(3));
        foreach (var node in cluster.Nodes) await node.WaitUntilReadyAsync(trial.Http, Patience);
    }

    /// <summary>Some nodes are killed in the same instant, and started again.</summary>
    public static async Task<TimeSpan> KillTogetherAsync(IReadOnlyList<Node> nodes, Trial trial)
    {
        foreach (var node in nodes) node.Kill();
        var recovery = await trial.ProbeAsync();
        foreach (var node in nodes) node.Start();
        foreach (var node in nodes) await node.WaitUntilReadyAsync(trial.Http, Patience);
        return recovery;
    }

    /// <summary>One host is cut off for a while. Returns the time until every stream took posts again on the others' side.</summary>
    public static async Task<TimeSpan> CutAsync(ProcessCluster cluster, TestNetwork network, Trial trial, int host, TimeSpan duration)
    {
        var node = cluster.Nodes[host];
        var starts = node.Starts;
        node.IsReachable = false;
        network.Cut(host);
        var cut = Task.Delay(duration);
        var recovery = await trial.ProbeAsync();
        await cut;
        network.Heal(host);
        node.IsReachable = true;
        for (var waited = TimeSpan.Zero; node.Starts == starts; waited += TimeSpan.FromMilliseconds(100))
        {
            if (waited > Patience) throw new TimeoutException(
                $"Node {host} did not join again: its process {(node.IsRunning ? "runs" : "has ended")}.\n{node.Log}");
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        await Task.Delay(TimeSpan.FromSeconds(3));
        return recovery;
    }
}
