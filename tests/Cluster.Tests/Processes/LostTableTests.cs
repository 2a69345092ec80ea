using Malten.Testing.Contract;
using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>A majority of the seeds restarts at once: the table of members, which they hold in memory, is lost.</summary>
public sealed class LostTableTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task The_nodes_that_went_on_leave_and_join_the_next_table_in_the_same_process_seed_or_not()
    {
        using var http = new HttpClient();
        using var cluster = ProcessCluster.OnLoopback(3);
        await cluster.StartAsync(http);
        await cluster.AddAsync(http); // no seed
        var (seed, restarted, other) = (cluster.Nodes[0], cluster.Nodes.Skip(1).Take(2).ToList(), cluster.Nodes[3]);

        LoseTable(restarted);
        foreach (var node in new[] { seed, other }) await UntilAsync(() => node.Rejoins > 0, node);
        foreach (var node in cluster.Nodes) await node.WaitUntilReadyAsync(http, Patience);
        await using var api = new Api([.. cluster.Nodes.Select(node => new Uri(node.Url))]);
        (await api.PostAsync("/messages", ("stream", "after"), ("message", "hello"))).Ok();
        foreach (var node in cluster.Nodes)
            Assert.Contains("hello", await http.GetStringAsync($"{node.Url}/messages?stream=after"), StringComparison.Ordinal);
        Assert.Equal([1, 0, 0, 1], cluster.Nodes.Select(node => node.Rejoins));

        await seed.StopAsync(); // in good order, as any other node
        Assert.Equal(0, seed.ExitCode);
    }

    [Fact]
    public async Task A_node_that_leaves_in_order_to_join_again_and_is_asked_to_stop_does_not_join()
    {
        using var http = new HttpClient();
        using var cluster = ProcessCluster.OnLoopback(3);
        await cluster.StartAsync(http);
        var seed = cluster.Nodes[0];
        LoseTable([.. cluster.Nodes.Skip(1)]);
        await UntilAsync(() => seed.Log.Contains("leaves and joins again", StringComparison.Ordinal), seed);
        await seed.StopAsync();
        Assert.Equal((0, 0), (seed.Rejoins, seed.ExitCode));
    }

    private static void LoseTable(IReadOnlyList<Node> restarted)
    {
        foreach (var node in restarted) node.Kill();
        foreach (var node in restarted) node.Start();
    }

    private static async Task UntilAsync(Func<bool> isSo, Node node)
    {
        for (var waited = TimeSpan.Zero; !isSo(); waited += TimeSpan.FromMilliseconds(20))
        {
            Assert.True(node.IsRunning, $"Node {node.Index} has ended.\n{node.Log}");
            Assert.True(waited < Patience, $"Node {node.Index} did not leave.\n{node.Log}");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}
