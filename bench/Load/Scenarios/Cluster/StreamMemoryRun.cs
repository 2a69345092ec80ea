using System.Diagnostics;
using Malten.Bench.Load.Checks;
using Malten.Bench.Load.Engine;
using Malten.Bench.Load.Servers;

namespace Malten.Bench.Load.Scenarios;

/// <summary>
/// Begins many streams of one message each, through all nodes of a fresh cluster, and measures the memory of all nodes
/// before and after. Requests leave garbage that an idle process keeps until it needs the room, so each node is also
/// measured after a full collection.
/// </summary>
internal static class StreamMemoryRun
{
    // By then code is compiled, pools are full, and the heap has reached its working size.
    private const int WarmUp = 10_000;
    private const int Connections = 16;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public static StreamMemoryResult Measure(SiloCluster cluster, int streams)
    {
        Begin(cluster, WarmUp);
        var (idleBefore, collectedBefore) = Settle(cluster);
        Begin(cluster, streams);
        var (idleAfter, collectedAfter) = Settle(cluster);
        return new StreamMemoryResult(streams, idleBefore, collectedBefore, idleAfter, collectedAfter);
    }

    private static (long Idle, long Collected) Settle(SiloCluster cluster)
    {
        Thread.Sleep(Settling);
        var idle = cluster.Usage.ResidentBytes;
        // The first collection lets finalizers run; the second frees what they released.
        for (var i = 0; i < 2; i++)
            foreach (var process in cluster.Processes)
                DiagnosticPort.CollectGarbage(process);
        Thread.Sleep(Settling);
        return (idle, cluster.Usage.ResidentBytes);
    }

    private static void Begin(SiloCluster cluster, int streams)
    {
        using var reactor = new Reactor("publishers", Connections);
        var group = new PublisherGroup(new Quota(streams), new MeasuringWindow());
        var template = cluster.Dialect.PostToNew($"idle-{Random.Shared.NextInt64():x16}", MessageText.Template(new LoadPlan().Size));
        reactor.Start();
        for (var i = 0; i < Connections; i++)
        {
            var publisher = new Publisher(
                cluster.Ports[i % cluster.Ports.Count], i, template.Copy(), cluster.Dialect.EchoesText, group);
            reactor.Add(publisher);
            group.Add(publisher);
        }

        reactor.Turn = group.Turn;
        for (var clock = Stopwatch.StartNew(); group.Answered < streams; Thread.Sleep(5))
        {
            if (reactor.Failure is { } failure) throw new InvalidOperationException($"A stream could not begin: {failure.Message}", failure);
            if (clock.Elapsed > Patience) throw new TimeoutException($"{streams} streams did not begin in {Patience.TotalSeconds} s");
        }
    }
}
