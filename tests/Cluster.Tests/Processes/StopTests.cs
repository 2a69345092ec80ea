using System.Diagnostics;
using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>The end of a whole cluster.</summary>
public sealed class StopTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task All_nodes_that_are_stopped_at_once_are_gone_within_ten_seconds()
    {
        using var http = new HttpClient();
        using var cluster = ProcessCluster.OnLoopback(3);
        await cluster.StartAsync(http);
        var ending = Stopwatch.StartNew();
        await Task.WhenAll(cluster.Nodes.Select(node => node.StopAsync()));
        Assert.InRange(ending.Elapsed, TimeSpan.Zero, Longest);
        Assert.All(cluster.Nodes, node => Assert.Equal(0, node.ExitCode));
    }

    [Fact]
    public async Task The_last_node_is_gone_in_time_though_nobody_can_take_note_of_it()
    {
        using var http = new HttpClient();
        using var cluster = ProcessCluster.OnLoopback(3);
        await cluster.StartAsync(http);
        cluster.Nodes[0].Kill();
        cluster.Nodes[1].Kill(); // no majority of the seeds is left: the last one's farewell can't be written down
        var ending = Stopwatch.StartNew();
        await cluster.Nodes[2].StopAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.InRange(ending.Elapsed, TimeSpan.Zero, 2 * Longest); // eight seconds, and what a busy machine adds
        Assert.Equal(0, cluster.Nodes[2].ExitCode);
    }
}
