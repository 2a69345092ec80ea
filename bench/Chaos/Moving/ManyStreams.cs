using System.Globalization;
using Malten.Testing.Histories;
using Malten.Testing.Nodes;

namespace Malten.Bench.Chaos.Moving;

/// <summary>Very many streams of one message each, which nobody touches between the first and the last minute.</summary>
internal sealed class ManyStreams(HistoryWriter history, IReadOnlyList<Node> nodes) : ICargo
{
    private const int Count = 100_000;
    private const int AtOnce = 32;
    private const string Text = "once";

    // Apart from those of the steady load, so that no two processes of the history have one name.
    private const int FirstClient = 10_000_000;

    private readonly IReadOnlyList<HttpClient> _clients = LocalClients.Create(count: 20, part: 40);
    private readonly IReadOnlyList<string> _streams = [.. Enumerable.Range(0, Count).Select(number => $"many-{number}")];

    // A single silo may come to run all of them, and others beside.
    public IReadOnlyList<string> Settings { get; } = ["--Malten:MaxStreams", $"{10 * Count}", "--Malten:MaxMemoryMegabytes", "1024"];

    public async Task<string> LoadAsync(Members members, MetricsCollector metrics)
    {
        await Parallel.ForEachAsync(_streams.Index(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (stream, _) =>
            await new Poster(ClientOf(stream.Index), history, nodes, [stream.Item], FirstClient + stream.Index).PostAsync(stream.Item, Text));
        var held = await metrics.HeldAsync(nodes);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Count:N0} streams of one message; {string.Join(", ", held.Select(bytes => bytes >> 20))} MiB held");
    }

    public async Task<string> CheckAsync()
    {
        var well = 0;
        await Parallel.ForEachAsync(_streams.Index(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (stream, _) =>
        {
            var node = nodes[stream.Index % nodes.Count];
            if (await FinalReads.ReadAsync(ClientOf(stream.Index), history, node, stream.Item, FirstClient + stream.Index) is [{ Text: Text }])
                Interlocked.Increment(ref well);
        });
        var found = string.Create(CultureInfo.InvariantCulture, $"{well:N0} of {Count:N0} streams have their one message, once");
        return well == Count ? found : throw new InvalidDataException(found);
    }

    private HttpClient ClientOf(int stream) => _clients[stream % _clients.Count];
}
