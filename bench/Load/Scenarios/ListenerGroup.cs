using Malten.Bench.Load.Checks;
using Malten.Bench.Load.Engine;
using Malten.Bench.Load.Servers;

namespace Malten.Bench.Load.Scenarios;

/// <summary>All listeners of a stream, spread over the nodes of a server and over the reactors that read them.</summary>
internal sealed class ListenerGroup(
    IServer server, string stream, int publishers, Progress progress, MeasuringWindow window, int kinds = 1)
{
    // The number of connections that fit into a server's accept queue.
    private const int AtOnce = 100;

    private readonly OrderReference _order = new();
    private readonly List<SequenceCheck> _checks = [];
    private readonly List<Tally> _tallies = [];

    /// <summary>What the listeners of each reactor have received.</summary>
    public IReadOnlyList<Tally> Tallies => _tallies;

    public long Deliveries => _tallies.Sum(tally => tally.Deliveries);

    public long Bytes => _tallies.Sum(tally => tally.Bytes);

    public long Reads => _tallies.Sum(tally => tally.Reads);

    /// <summary>Opens listeners, and returns when all of them are receiving.</summary>
    /// <exception cref="TimeoutException">A batch of listeners did not receive within ten seconds.</exception>
    public void Open(int count, List<Reactor> reactors, Action checkHealth)
    {
        var request = server.Dialect.Listen(stream);
        foreach (var _ in reactors) _tallies.Add(new Tally(kinds));
        while (_checks.Count < count)
        {
            var wanted = Math.Min(count, _checks.Count + AtOnce);
            for (var i = _checks.Count; i < wanted; i++) Open(i, request, reactors[i % reactors.Count]);
            var deadline = Clock.Now + 10_000_000_000;
            while (_tallies.Sum(tally => tally.Ready) < wanted)
            {
                Thread.Sleep(1);
                checkHealth();
                if (Clock.Now > deadline) throw new TimeoutException($"listeners of {server.Name} hear nothing");
            }
        }
    }

    /// <summary>All recorded latencies. Call it only after the reactors have stopped.</summary>
    public LatencyHistogram Latency => LatencyHistogram.Sum(_tallies.SelectMany(tally => tally.Latencies));

    /// <summary>All faults. Call it only after the reactors have stopped.</summary>
    public Faults Faults(long[] posted) => Checks.Faults.Of(
        _checks, posted, _tallies.Sum(tally => tally.Gaps), _tallies.Sum(tally => tally.Ended.Count));

    private void Open(int index, byte[] request, Reactor reactor)
    {
        var check = new SequenceCheck(publishers, _order);
        var listener = new Listener(
            server.Ports[index % server.Ports.Count], server.Dialect.ReadyMark, check, progress, index, _tallies[index % _tallies.Count], window);
        _checks.Add(check);
        reactor.Add(listener);
        listener.Ask(request);
    }
}
