using System.Diagnostics;
using Malten.Testing.Histories;
using Malten.Testing.Nodes;

namespace Malten.Bench.Chaos.Moving;

/// <summary>Reads at the end of a run.</summary>
internal static class FinalReads
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>All that a node has of a stream. Asks until the node answers; all of that is written to the history.</summary>
    /// <exception cref="TimeoutException">The node does not answer for half a minute.</exception>
    public static async Task<IReadOnlyList<Posted>> ReadAsync(HttpClient http, HistoryWriter history, Node node, string stream, int reader)
    {
        var reading = new Reader(http, history, [node], [stream], reader);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; await Task.Delay(Pause))
            if (await reading.ReadAsync(node, stream, Reader.Longest) is { } page)
                return page;
        throw new TimeoutException($"Node {node.Index} does not answer a read.\n{node.Log}");
    }
}
