using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>The end of a whole cluster.</summary>
public sealed class StopTests
{
    // Usually they need two seconds; whoever stops last, and finds no majority of the seeds, eleven. The limit of a handing over is 90.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task All_nodes_that_are_stopped_at_once_are_gone_in_time()
    {
        using var http = new HttpClient();
        using var cluster = ProcessCluster.OnLoopback(3);
        await cluster.StartAsync(http);
        await Task.WhenAll(cluster.Nodes.Select(node => node.StopAsync())).WaitAsync(Longest);
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
        await cluster.Nodes[2].StopAsync().WaitAsync(Longest);
        Assert.Equal(0, cluster.Nodes[2].ExitCode);
    }
}
