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
