using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;

namespace Malten.Testing.Nodes;

/// <summary>Posts to random streams at random nodes, and repeats each post with the same id until it is acknowledged.</summary>
public sealed class Poster(HttpClient http, IReadOnlyList<Node> nodes, IReadOnlyList<string> streams, int seed, TimeSpan pause, bool onlyReachable = false)
{
    private readonly Random _random = new(seed);

    /// <summary>The acknowledged messages, by stream.</summary>
    public ConcurrentDictionary<string, ConcurrentBag<Posted>> Acknowledged { get; } = new();

    /// <summary>When the last acknowledged post of each stream was first tried, and when it was acknowledged.</summary>
    public ConcurrentDictionary<string, (long Tried, long Acknowledged)> Latest { get; } = new();

    public int Retries { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var stream = streams[_random.Next(streams.Count)];
            await PostAsync(stream, $"{seed}.{number}");
            await Task.Delay(pause, CancellationToken.None);
        }
    }

    /// <summary>Posts one message, retrying until it is acknowledged.</summary>
    public async Task PostAsync(string stream, string text)
    {
        var id = Guid.NewGuid();
        var tried = Stopwatch.GetTimestamp();
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var reachable = nodes.Where(node => node.IsReachable || !onlyReachable).ToList();
            var node = reachable[_random.Next(reachable.Count)];
            try
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
                using var body = new FormUrlEncodedContent(
                    [new("stream", stream), new("message", text), new("id", id.ToString())]);
                using var answer = await http.PostAsync($"{node.Url}/messages", body, limit.Token);
                if (answer.IsSuccessStatusCode)
                {
                    var posted = (await answer.Content.ReadFromJsonAsync<Posted>(limit.Token))!;
                    Acknowledged.GetOrAdd(stream, _ => []).Add(posted);
                    Latest[stream] = (tried, Stopwatch.GetTimestamp());
                    return;
                }

                if ((int)answer.StatusCode is >= 400 and < 500 and not 429)
                    throw new InvalidOperationException($"A post was refused with {answer.StatusCode}.");
            }
            catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
            {
                // the node is down or does not know the outcome: repeat the same post at any node
            }

            Retries++;
            if (clock.Elapsed > TimeSpan.FromSeconds(60)) throw new TimeoutException("No answer to a post for a minute.");
            await Task.Delay(_random.Next(20, 100));
        }
    }
}
