namespace Malten.Testing.Nodes;

/// <summary>What may happen to the network between the nodes of a cluster.</summary>
public static class NetworkScenarios
{
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(3);

    /// <summary>One host is cut off for a while. Returns the time until every stream took posts again on the others' side.</summary>
    public static async Task<TimeSpan> CutAsync(ProcessCluster cluster, TestNetwork network, Trial trial, int host, TimeSpan duration)
    {
        var starts = Cut(cluster, network, trial, host);
        var cut = Task.Delay(duration);
        var recovery = await trial.ProbeAsync();
        await cut;
        await HealAsync(cluster, network, trial, host, starts);
        return recovery;
    }

    /// <summary>
    /// Some hosts are cut off together for a while: they reach each other, and clients reach both sides. Calls
    /// <paramref name="meanwhile"/> before the network is one again.
    /// </summary>
    public static async Task SplitAsync(
        ProcessCluster cluster, TestNetwork network, Trial trial, int[] hosts, TimeSpan duration, Func<Task> meanwhile)
    {
        trial.Note($"nodes {string.Join(" and ", hosts)} are cut off together");
        network.Split(hosts);
        await Task.Delay(duration);
        await meanwhile();
        trial.Note("the network is one again");
        network.Unite();
        await WaitAsync(cluster, trial);
    }

    /// <summary>
    /// Packets between hosts are lost in these directions for a while; clients reach all hosts. Returns the time until every
    /// stream took posts again at the hosts that hear, and are heard by, at least one other.
    /// </summary>
    public static async Task<TimeSpan> LoseAsync(
        ProcessCluster cluster, TestNetwork network, Trial trial, IReadOnlyList<(int From, int To)> ways, TimeSpan duration)
    {
        trial.Note($"packets are lost from node {string.Join(", ", ways.Select(way => $"{way.From} to {way.To}"))}");
        foreach (var (from, to) in ways) network.Lose(from, to);
        var others = cluster.Nodes.Count - 1;
        var alone = cluster.Nodes.Where(node =>
            ways.Count(way => way.From == node.Index) == others || ways.Count(way => way.To == node.Index) == others).ToList();
        foreach (var node in alone) node.IsReachable = false;
        var lost = Task.Delay(duration);
        var recovery = await trial.ProbeAsync();
        await lost;
        trial.Note("no packets are lost any more");
        foreach (var (from, to) in ways) network.Deliver(from, to);
        foreach (var node in alone) node.IsReachable = true;
        await WaitAsync(cluster, trial);
        return recovery;
    }

    /// <summary>One host's cable is slow for a while. Returns the time until every stream took a post.</summary>
    public static async Task<TimeSpan> SlowAsync(
        ProcessCluster cluster, TestNetwork network, Trial trial, int host, Slowness slowness, TimeSpan duration)
    {
        trial.Note($"the cable of node {host} is slow");
        network.Slow(host, slowness);
        var slow = Task.Delay(duration);
        var recovery = await trial.ProbeAsync();
        await slow;
        recovery = new[] { recovery, await trial.ProbeAsync() }.Max();
        trial.Note($"the cable of node {host} is as fast as before");
        network.Slow(host, null);
        await WaitAsync(cluster, trial);
        return recovery;
    }

    /// <summary>
    /// One host is cut off; while it is, a node joins, another is killed after <paramref name="settling"/> and started
    /// again, and the newcomer leaves. Returns the time until every stream took posts again after the cut, and after the kill.
    /// </summary>
    public static async Task<List<TimeSpan>> JoinAsync(
        ProcessCluster cluster, TestNetwork network, Trial trial, int cut, int killed, TimeSpan settling)
    {
        var starts = Cut(cluster, network, trial, cut);
        var joining = cluster.AddAsync(trial.Http); // it must not wait for the host that is cut off
        var recoveries = new List<TimeSpan> { await trial.ProbeAsync() };
        var newcomer = await joining;
        trial.Note($"node {newcomer.Index} has joined");
        await Task.Delay(settling);
        trial.Note($"node {killed} is killed");
        cluster.Nodes[killed].Kill();
        recoveries.Add(await trial.ProbeAsync());
        trial.Note($"node {newcomer.Index} is stopped");
        await Task.WhenAll(newcomer.StopAsync(), Scenarios.RestartAsync(cluster.Nodes[killed], trial));
        await HealAsync(cluster, network, trial, cut, starts);
        return recoveries;
    }

    private static int Cut(ProcessCluster cluster, TestNetwork network, Trial trial, int host)
    {
        trial.Note($"node {host} is cut off");
        cluster.Nodes[host].IsReachable = false;
        network.Cut(host);
        return cluster.Nodes[host].Starts;
    }

    /// <summary>Plugs the cable in again, and returns when the node has joined again.</summary>
    private static async Task HealAsync(ProcessCluster cluster, TestNetwork network, Trial trial, int host, int starts)
    {
        var node = cluster.Nodes[host];
        trial.Note($"node {host} is connected again");
        network.Heal(host);
        node.IsReachable = true;
        for (var waited = TimeSpan.Zero; node.Starts == starts; waited += TimeSpan.FromMilliseconds(100))
        {
            if (waited > Scenarios.Patience) throw new TimeoutException(
                $"Node {host} did not join again: its process {(node.IsRunning ? "runs" : "has ended")}.\n{node.Log}");
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        await Task.Delay(Calm);
    }

    private static async Task WaitAsync(ProcessCluster cluster, Trial trial)
    {
        await Task.Delay(Calm);
        foreach (var node in cluster.Nodes) await node.WaitUntilReadyAsync(trial.Http, Scenarios.Patience);
    }
}
