namespace Malten.Testing.Nodes;

/// <summary>What may happen to the processes of a cluster.</summary>
public static class Scenarios
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

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
            trial.Note($"node {node.Index} is killed");
            node.Kill();
            recoveries.Add(await trial.ProbeAsync());
            foreach (var other in others) await other.ProbeAsync();
            await RestartAsync(node, trial);
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
            trial.Note($"node {node.Index} is stopped");
            await node.StopAsync();
            await RestartAsync(node, trial);
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
            trial.Note($"node {node.Index} hangs");
            node.Pause();
            var paused = Task.Delay(duration);
            recoveries.Add(await trial.ProbeAsync());
            await paused;
            trial.Note($"node {node.Index} goes on");
            node.Resume();
            node.IsReachable = true;
            await Task.Delay(calm);
            await node.WaitUntilReadyAsync(trial.Http, Patience);
        }

        return recoveries;
    }

    /// <summary>Some nodes are killed in the same instant, and started again.</summary>
    public static async Task<TimeSpan> KillTogetherAsync(IReadOnlyList<Node> nodes, Trial trial)
    {
        trial.Note($"nodes {string.Join(" and ", nodes.Select(node => node.Index))} are killed");
        foreach (var node in nodes) node.Kill();
        var recovery = await trial.ProbeAsync();
        foreach (var node in nodes) node.Start();
        foreach (var node in nodes) await node.WaitUntilReadyAsync(trial.Http, Patience);
        trial.Note("both are back");
        return recovery;
    }

    /// <summary>
    /// Each node in turn is stopped and started again, the next one as soon as the last is back; then each is killed and
    /// started again, with <paramref name="settling"/> for the copies to be whole before the next.
    /// </summary>
    public static async Task EndEachAsync(ProcessCluster cluster, Trial trial, TimeSpan settling)
    {
        await RollAsync(cluster, trial, TimeSpan.Zero);
        foreach (var node in cluster.Nodes)
        {
            await Task.Delay(settling);
            trial.Note($"node {node.Index} is killed");
            node.Kill();
            await Task.Delay(settling);
            await RestartAsync(node, trial);
        }
    }

    /// <summary>
    /// The wall clock of a node jumps by each of these, and stays there for a while. At each of them the next node of the
    /// cluster is killed and joins again, so that streams move to the wrong clock and away from it.
    /// Returns how long it took each time until every stream took posts again.
    /// </summary>
    public static async Task<List<TimeSpan>> JumpAsync(
        ProcessCluster cluster, Trial trial, WallClock clock, IReadOnlyList<TimeSpan> offsets, TimeSpan calm)
    {
        var recoveries = new List<TimeSpan>();
        foreach (var (index, offset) in offsets.Index())
        {
            trial.Note($"the clock is off by {offset.TotalSeconds:+0;-0} s");
            clock.Set(offset);
            await Task.Delay(calm);
            recoveries.AddRange(await KillEachAsync([cluster.Nodes[index % cluster.Nodes.Count]], trial, calm));
        }

        return recoveries;
    }

    internal static async Task RestartAsync(Node node, Trial trial)
    {
        node.Start();
        await node.WaitUntilReadyAsync(trial.Http, Patience);
        trial.Note($"node {node.Index} is back");
    }
}
