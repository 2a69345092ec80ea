using System.Net.Http.Json;
using Malten.Testing.Histories;

namespace Malten.Testing.Nodes;

/// <summary>
/// Reads pages of random streams at random nodes, also of nodes that are cut off: each page that is answered must hold
/// what was acknowledged before.
/// </summary>
public sealed class Reader(HttpClient http, HistoryWriter history, IReadOnlyList<Node> nodes, IReadOnlyList<string> streams, int seed)
{
    /// <summary>The most messages that a page can hold.</summary>
    public const int Longest = 1024;

    private const int Short = 25;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Random _random = new(seed);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await ReadAsync(nodes[_random.Next(nodes.Count)], streams[_random.Next(streams.Count)], Short);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>Reads the newest messages. Null when the node does not answer, or refuses.</summary>
    public async Task<IReadOnlyList<Posted>?> ReadAsync(Node node, string stream, int limit)
    {
        var operation = history.Invoke(new HistoryEvent
        {
            Type = EventType.Invoke, Kind = OperationKind.Read, Process = $"reader {seed}", Stream = stream, Node = node.Index, Limit = limit,
        });
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            using var answer = await http.GetAsync($"{node.Url}/messages?stream={stream}&limit={limit}", patience.Token);
            if (answer.IsSuccessStatusCode)
            {
                var page = (await answer.Content.ReadFromJsonAsync<List<Posted>>(patience.Token))!;
                operation.Answered(page);
                return page;
            }

            operation.Failed($"{(int)answer.StatusCode}");
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            operation.Failed(failure.GetType().Name);
        }

        return null;
    }
}
