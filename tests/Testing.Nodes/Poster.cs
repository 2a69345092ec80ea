using System.Diagnostics;
using System.Net.Http.Json;
using Malten.Testing.Histories;

namespace Malten.Testing.Nodes;

/// <summary>Posts to random streams at random nodes, and repeats each post with the same id until it is acknowledged.</summary>
public sealed class Poster(
    HttpClient http, HistoryWriter history, IReadOnlyList<Node> nodes, IReadOnlyList<string> streams, int seed, bool onlyReachable = false)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Random _random = new(seed);

    public async Task RunAsync(CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            await PostAsync(streams[_random.Next(streams.Count)], $"{seed}.{number}");
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>Posts one message, retrying until it is acknowledged.</summary>
    public async Task PostAsync(string stream, string text)
    {
        var id = Guid.NewGuid();
        for (var clock = Stopwatch.StartNew(); !await TryPostAsync(stream, text, id); await Task.Delay(_random.Next(20, 100)))
            if (clock.Elapsed > TimeSpan.FromSeconds(60))
                throw new TimeoutException("No answer to a post for a minute.");
    }

    private async Task<bool> TryPostAsync(string stream, string text, Guid id)
    {
        var reachable = nodes.Where(node => node.IsReachable || !onlyReachable).ToList();
        var node = reachable[_random.Next(reachable.Count)];
        var operation = history.Invoke(new HistoryEvent
        {
            Type = EventType.Invoke, Kind = OperationKind.Post, Process = $"poster {seed}", Stream = stream, Node = node.Index, Id = id, Text = text,
        });
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            using var body = new FormUrlEncodedContent([new("stream", stream), new("message", text), new("id", id.ToString())]);
            using var answer = await http.PostAsync($"{node.Url}/messages", body, limit.Token);
            if (answer.IsSuccessStatusCode)
            {
                operation.Acknowledged((await answer.Content.ReadFromJsonAsync<Posted>(limit.Token))!);
                return true;
            }

            if ((int)answer.StatusCode is < 400 or >= 500) operation.Unknown($"{(int)answer.StatusCode}");
            else operation.Failed($"{(int)answer.StatusCode}");
            if ((int)answer.StatusCode is >= 400 and < 500 and not 429)
                throw new InvalidOperationException($"A post was refused with {answer.StatusCode}.");
        }
        catch (HttpRequestException failure) when (failure.HttpRequestError == HttpRequestError.ConnectionError)
        {
            operation.Failed("no connection"); // nothing was sent
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            operation.Unknown(failure.GetType().Name); // repeat the same post at any node
        }

        return false;
    }
}
