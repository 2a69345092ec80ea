using System.Collections.Concurrent;
using System.Diagnostics;
using Malten.Testing.Histories;
using Malten.Testing.Nodes;

namespace Malten.Bench.Chaos.Moving;

/// <summary>
/// The ordinary use of a cluster, in an open loop: each post is sent when it is due, whatever became of those before it, and
/// repeated until it is acknowledged.
/// </summary>
/// <param name="history">Where all posts and the pages at the end are written.</param>
/// <param name="entrances">The nodes that are asked, none of which is ended.</param>
internal sealed class SteadyLoad(HistoryWriter history, IReadOnlyList<Node> entrances) : IAsyncDisposable
{
    private const int PostsPerSecond = 200;

    private readonly IReadOnlyList<HttpClient> _clients = LocalClients.Create(count: 10, part: 30);
    private readonly ConcurrentQueue<Wait> _waits = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _posting = Task.CompletedTask;

    /// <summary>The streams that are posted to, in turn.</summary>
    public IReadOnlyList<string> Streams { get; } = [.. Enumerable.Range(0, 100).Select(number => $"steady-{number}")];

    public void Start() => _posting = Task.Run(PostAllAsync);

    /// <summary>Ends the load, and returns what each post took once all are acknowledged.</summary>
    public async Task<IReadOnlyCollection<Wait>> EndAsync()
    {
        await _stop.CancelAsync();
        await _posting;
        return _waits;
    }

    /// <summary>Reads all streams from each of these nodes, for the checker of the history.</summary>
    public async Task ReadAsync(IReadOnlyList<Node> nodes)
    {
        foreach (var (number, stream) in Streams.Index())
            foreach (var node in nodes)
                await FinalReads.ReadAsync(_clients[0], history, node, stream, number);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        foreach (var client in _clients) client.Dispose();
        _stop.Dispose();
    }

    private async Task PostAllAsync()
    {
        var (began, posts) = (Stopwatch.GetTimestamp(), new List<Task>());
        for (var number = 0; !_stop.IsCancellationRequested; number++)
        {
            var due = began + (number * Stopwatch.Frequency / PostsPerSecond);
            var early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due).TotalMilliseconds;
            if (early > 0) await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(early)), CancellationToken.None);
            posts.Add(PostAsync(number, due));
        }

        await Task.WhenAll(posts);
    }

    private async Task PostAsync(int number, long due)
    {
        var stream = Streams[number % Streams.Count];
        await new Poster(_clients[number % _clients.Count], history, entrances, [stream], number).PostAsync(stream, $"{number}");
        _waits.Enqueue(new Wait(stream, due, Stopwatch.GetElapsedTime(due)));
    }
}
