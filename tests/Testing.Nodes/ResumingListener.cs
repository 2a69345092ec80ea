using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Malten.Testing.Histories;

namespace Malten.Testing.Nodes;

/// <summary>Listens to one stream, and comes back to any node with Last-Event-ID whenever the connection ends.</summary>
public sealed class ResumingListener(HttpClient http, HistoryWriter history, IReadOnlyList<Node> nodes, string stream, int seed)
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(20); // a comment comes every 15 s

    private readonly Random _random = new(seed);
    private Operation? _connection;
    private long _cursor;

    public string Stream => stream;

    /// <summary>The timestamp of the message that it heard last; 0 before the first.</summary>
    public long Cursor => Volatile.Read(ref _cursor);

    /// <summary>Listens until it is stopped. Stop it only when it has had the time to hear everything.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            var node = nodes[_random.Next(nodes.Count)];
            _connection = history.Invoke(new HistoryEvent
            {
                Type = EventType.Invoke, Kind = OperationKind.Listen, Process = $"listener {seed}", Stream = stream, Node = node.Index, Last = _cursor,
            });
            var end = "refused or ended";
            try
            {
                await ListenAsync(node, stop);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
            {
                end = failure.GetType().Name; // another node, from where this one ended
            }

            if (stop.IsCancellationRequested) break;
            _connection.Unknown(end);
            await Task.Delay(_random.Next(50, 300), CancellationToken.None);
        }

        _connection.Closed();
    }

    private async Task ListenAsync(Node node, CancellationToken stop)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stop);
        silence.CancelAfter(LongestSilence);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{node.Url}/events?stream={stream}&last=0");
        if (_cursor > 0) request.Headers.Add("Last-Event-ID", _cursor.ToString(CultureInfo.InvariantCulture));
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        if (!answer.IsSuccessStatusCode) return;
        _connection!.Opened();
        await using var body = new Noticed(await answer.Content.ReadAsStreamAsync(silence.Token), () => silence.CancelAfter(LongestSilence));
        await foreach (var item in SseParser.Create(body).EnumerateAsync(silence.Token)) Take(item);
    }

    private void Take(SseItem<string> item)
    {
        using var json = JsonDocument.Parse(item.Data);
        var payload = json.RootElement.GetProperty("Payload");
        if (json.RootElement.GetProperty("Type").GetString() == "message")
        {
            var posted = payload.Deserialize<Posted>()!;
            _connection!.Heard(posted);
            Volatile.Write(ref _cursor, posted.Created);
        }
        else if (payload.TryGetProperty("Name", out var name))
        {
            if (name.GetString() == "gap") _connection!.HeardGap();
            else if (name.GetString() == "expired") _connection!.HeardEnd();
        }
    }
}
