using Malten.Bench.Load.Checks;
using Malten.Bench.Load.Engine;
using Malten.Bench.Load.Servers;

namespace Malten.Bench.Load.Scenarios;

/// <summary>
/// Measures how much latency a hop between nodes adds: many streams, each with a publisher and a listener on each of three
/// nodes, in an open loop at a moderate rate. All streams begin while there is only one node, so that node holds them
/// after the others join. The same load on the first node alone shows what the second copy costs.
/// </summary>
internal sealed class HopRun : IDisposable
{
    private const int Streams = 16;
    private const double Rate = 480;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);

    private readonly IServer _server;
    private readonly MeasuringWindow _window = new();
    private readonly Reactor _readers = new("listeners", Streams * HopResult.Nodes);
    private readonly Reactor _posters = new("publishers", Streams * HopResult.Nodes);
    private readonly List<ListenerGroup> _listeners = [];
    private readonly PublisherGroup _publishers;

    private HopRun(IServer server)
    {
        _server = server;
        _publishers = new PublisherGroup(
            new OpenLoop(Rate, Streams * HopResult.Nodes, Clock.Now + 2_000_000_000), _window, HopResult.Nodes);
    }

    /// <summary>Measures one node, and then three.</summary>
    public static IReadOnlyList<HopResult> Measure(string program)
    {
        using var cluster = SiloCluster.StartFirst(program);
        var streams = Enumerable.Range(0, Streams).Select(_ => $"bench-{Random.Shared.NextInt64():x16}").ToList();
        var alone = Measure(cluster, "one silo", streams);
        cluster.Join(HopResult.Nodes - 1);
        return [alone, Measure(cluster, "three silos", streams)];
    }

    public void Dispose()
    {
        _readers.Dispose();
        _posters.Dispose();
    }

    private static HopResult Measure(IServer server, string title, IReadOnlyList<string> streams)
    {
        using var run = new HopRun(server);
        return run.Measure(title, streams);
    }

    private HopResult Measure(string title, IReadOnlyList<string> streams)
    {
        _readers.Start();
        _posters.Start();
        foreach (var stream in streams) OpenListeners(stream);
        for (var i = 0; i < Streams * HopResult.Nodes; i++) OpenPublisher(i, streams[i / HopResult.Nodes]);
        _posters.Turn = _publishers.Turn;
        Sleep(WarmUp);
        _window.IsOpen = true;
        Sleep(Duration);
        _window.IsOpen = false;
        _publishers.Stop();
        Sleep(TimeSpan.FromSeconds(1));
        Dispose();
        var result = new HopResult(title,
            [.. Enumerable.Range(0, HopResult.Nodes).Select(listener => LatenciesAt(listener))],
            _publishers.Latencies, Faults());
        Console.Error.WriteLine($"{ClusterScenario.Hop,-24}{title,-18}p99 "
            + $"{result.Between((_, _) => true).Quantile(0.99).TotalMilliseconds,8:N2} ms  faults: {result.Faults}");
        return result;
    }

    private void OpenListeners(string stream)
    {
        var group = new ListenerGroup(
            _server, stream, Streams * HopResult.Nodes, new Progress(HopResult.Nodes), _window, HopResult.Nodes);
        // One thread reads them all, and keeps a tally for each node.
        group.Open(HopResult.Nodes, [.. Enumerable.Repeat(_readers, HopResult.Nodes)], ThrowIfFailed);
        _listeners.Add(group);
    }

    private void OpenPublisher(int number, string stream)
    {
        var template = _server.Dialect.Post(stream, MessageText.Template(new LoadPlan().Size));
        var port = _server.Ports[number % HopResult.Nodes % _server.Ports.Count];
        var publisher = new Publisher(port, number, template, _server.Dialect.EchoesText, _publishers);
        _posters.Add(publisher);
        _publishers.Add(publisher);
    }

    private IReadOnlyList<LatencyHistogram> LatenciesAt(int listener) =>
    [
        .. Enumerable.Range(0, HopResult.Nodes).Select(poster =>
            LatencyHistogram.Sum(_listeners.Select(group => group.Tallies[listener].Latencies[poster]))),
    ];

    private Faults Faults() => _listeners
        .Select((group, stream) => group.Faults(
            [.. _publishers.Posted.Select((posted, number) => number / HopResult.Nodes == stream ? posted : 0)]))
        .Aggregate(default(Faults), (sum, one) => sum + one);

    private void Sleep(TimeSpan time)
    {
        Thread.Sleep(time);
        ThrowIfFailed();
    }

    private void ThrowIfFailed()
    {
        if ((_readers.Failure ?? _posters.Failure) is { } failure)
            throw new InvalidOperationException($"The run against {_server.Name} failed: {failure.Message}", failure);
    }
}
