using System.Globalization;
using Malten.Testing.Memory;
using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>
/// What has ended or was evicted is found in no node of a cluster, also where all have copies, in none through which it only
/// passed, and in no gateway.
/// </summary>
public sealed class GoneTests : IDisposable
{
    private readonly List<HttpClient> _clients = [];
    private ProcessCluster? _cluster;

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        _cluster?.Dispose();
    }

    [Fact]
    public async Task Texts_of_streams_that_have_ended()
    {
        await using var session = await StartAsync(silos: 3, copies: 3);
        session.TalkMeanwhile();
        await session.BeginAsync("ended", 12);
        await session.SayAsync("ended");
        await session.EndedAsync("ended");
        await session.AssertGoneAsync();
    }

    [Fact]
    public async Task Texts_that_were_evicted()
    {
        await using var session = await StartAsync(silos: 3, copies: 3);
        await session.BeginAsync("evicted", 600);
        await session.SayAsync("evicted");
        await session.EvictAsync("evicted");
        await session.AssertGoneAsync();
    }

    [Fact]
    public async Task Texts_that_were_only_read_at_nodes_which_nobody_uses_afterwards()
    {
        await using var session = await StartAsync(silos: 3, copies: 1, listens: false);
        await session.BeginAsync("read", 12);
        await session.SayAsync("read");
        await session.EndedAsync("read");
        await session.AssertGoneAsync();
    }

    private async Task<CanarySession> StartAsync(int silos, int copies, bool listens = true)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        using var http = new HttpClient();
        _cluster = ProcessCluster.OnLoopback(silos);
        foreach (var node in _cluster.Nodes) node.More = [$"--Malten:Cluster:Copies={copies.ToString(CultureInfo.InvariantCulture)}"];
        await _cluster.StartAsync(http);
        await _cluster.AddAsync(http, "--role", "gateway");
        _clients.AddRange(_cluster.Nodes.Select(node => new HttpClient { BaseAddress = new Uri(node.Url) }));
        return new CanarySession(_clients, [.. _cluster.Nodes.Select(node => node.ProcessId)], listens);
    }
}
