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

        foreach (var node in restarted) node.Kill();
        foreach (var node in restarted) node.Start();
        foreach (var node in new[] { seed, other })
        {
            for (var waited = TimeSpan.Zero; node.Rejoins == 0; waited += TimeSpan.FromMilliseconds(100))
            {
                Assert.True(node.IsRunning, $"Node {node.Index} has ended.\n{node.Log}");
                Assert.True(waited < Patience, $"Node {node.Index} did not join again.\n{node.Log}");
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }

        foreach (var node in cluster.Nodes) await node.WaitUntilReadyAsync(http, Patience);
        await using var api = new Api([.. cluster.Nodes.Select(node => new Uri(node.Url))]);
        (await api.PostAsync("/messages", ("stream", "after"), ("message", "hello"))).Ok();
        foreach (var node in cluster.Nodes)
            Assert.Contains("hello", await http.GetStringAsync($"{node.Url}/messages?stream=after"), StringComparison.Ordinal);
        Assert.Equal([1, 0, 0, 1], cluster.Nodes.Select(node => node.Rejoins));

        await seed.StopAsync(); // in good order, as any other node
        Assert.Equal(0, seed.ExitCode);
    }
}
