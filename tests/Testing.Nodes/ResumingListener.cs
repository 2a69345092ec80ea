using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Malten.Testing.Nodes;

/// <summary>Listens to one stream, and comes back to any node with Last-Event-ID whenever the connection ends.</summary>
public sealed class ResumingListener(HttpClient http, IReadOnlyList<Node> nodes, string stream, int seed)
{
    private readonly Random _random = new(seed);
    private string? _cursor;

    public string Stream => stream;

    /// <summary>What it heard, in the order in which it heard it.</summary>
    public List<Posted> Heard { get; } = [];

    /// <summary>How often it was told that something is missing.</summary>
    public int Gaps { get; private set; }

    public int Connections { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(nodes[_random.Next(nodes.Count)], stop);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
            {
                // another node, from where this one ended
            }

            if (!stop.IsCancellationRequested) await Task.Delay(_random.Next(50, 300), CancellationToken.None);
        }
    }

    private async Task ListenAsync(Node node, CancellationToken stop)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stop);
        silence.CancelAfter(TimeSpan.FromSeconds(20)); // a comment comes every 15 s, so a silent connection is a dead one
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{node.Url}/events?stream={stream}&last=0");
        if (_cursor is not null) request.Headers.Add("Last-Event-ID", _cursor);
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        if (!answer.IsSuccessStatusCode) return;
        Connections++;
        await using var body = new Noticed(await answer.Content.ReadAsStreamAsync(silence.Token),
            () => silence.CancelAfter(TimeSpan.FromSeconds(20)));
        await foreach (var item in SseParser.Create(body).EnumerateAsync(silence.Token)) Take(item);
    }

    private void Take(SseItem<string> item)
    {
        using var json = JsonDocument.Parse(item.Data);
        var payload = json.RootElement.GetProperty("Payload");
        if (json.RootElement.GetProperty("Type").GetString() == "message")
        {
            var posted = payload.Deserialize<Posted>()!;
            Heard.Add(posted);
            _cursor = posted.Created.ToString(CultureInfo.InvariantCulture);
        }
        else if (payload.TryGetProperty("Name", out var name) && name.GetString() == "gap") Gaps++;
    }
}
