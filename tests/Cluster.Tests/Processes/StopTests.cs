using System.Diagnostics;

namespace Malten.Cluster.Tests.Processes;

/// <summary>The end of a whole cluster.</summary>
public sealed class StopTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task All_nodes_that_are_stopped_at_once_are_gone_within_ten_seconds()
    {
        using var http = new HttpClient();
        using var cluster = Bench.Chaos.TestCluster.OnLoopback(3);
        await cluster.StartAsync(http);
        var ending = Stopwatch.StartNew();
        await Task.WhenAll(cluster.Nodes.Select(node => node.StopAsync()));
        Assert.InRange(ending.Elapsed, TimeSpan.Zero, Longest);
        Assert.All(cluster.Nodes, node => Assert.Equal(0, node.ExitCode));
    }
}
