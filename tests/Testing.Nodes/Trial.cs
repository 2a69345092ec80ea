using System.Diagnostics;
using Malten.Testing.Histories;
using Malten.Testing.Histories.Checking;

namespace Malten.Testing.Nodes;

/// <summary>
/// Puts load on a cluster while it fails, and writes what happened to a history, which <see cref="Checker"/> then checks.
/// Pages are read all the while, and at the end from every node. Some streams get one message each at the beginning and
/// are never touched again: what nobody asks for must survive too.
/// </summary>
public sealed class Trial : IAsyncDisposable
{
    private const int FirstProber = 10_000;

    private readonly CancellationTokenSource _loadStop = new();
    private readonly CancellationTokenSource _listenersStop = new();
    private readonly ProcessCluster _cluster;
    private readonly HistoryWriter _history;
    private readonly List<string> _streams;
    private readonly List<string> _untouched;
    private readonly List<Poster> _posters;
    private readonly List<Reader> _readers;
    private readonly List<ResumingListener> _listeners;
    private readonly Dictionary<string, Poster> _probers;
    private readonly Reader _auditor;
    private List<Task> _loading = [];
    private List<Task> _listening = [];

    /// <summary>
    /// Prepares the load. The seed decides which streams and nodes are used, but not the timing. The load goes to all
    /// nodes that the cluster has now, or only to the given entrances.
    /// </summary>
    public Trial(ProcessCluster cluster, Load load, int seed, string history, IReadOnlyList<Node>? entrances = null)
    {
        var nodes = entrances ?? cluster.Nodes;
        _cluster = cluster;
        _history = new HistoryWriter(history, TimeProvider.System);
        _streams = [.. Enumerable.Range(0, load.Streams).Select(i => $"chaos-{seed}-{i}")];
        _untouched = [.. Enumerable.Range(0, load.Untouched).Select(i => $"untouched-{seed}-{i}")];
        _posters = [.. Enumerable.Range(0, load.Posters).Select(i => new Poster(Http, _history, nodes, _streams, seed + i))];
        _readers = [.. Enumerable.Range(0, load.Readers).Select(i => new Reader(Http, _history, nodes, _streams, seed + i))];
        _listeners = [.. Enumerable.Range(0, load.Listeners).Select(i =>
            new ResumingListener(Http, _history, nodes, _streams[i % load.Streams], seed + i))];
        _probers = _streams.Concat(_untouched).Index().ToDictionary(stream => stream.Item,
            stream => new Poster(Http, _history, nodes, [stream.Item], seed + FirstProber + stream.Index, onlyReachable: true));
        _auditor = new Reader(Http, _history, nodes, _streams, seed - 1);
    }

    /// <summary>The HTTP client of all load. Its connect timeout is short: an unplugged host never answers.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2), UseProxy = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>The file that the history is written to.</summary>
    public string History => _history.Path;

    /// <summary>Writes to it what clients do that are not of the trial's own load.</summary>
    public HistoryWriter Writer => _history;

    /// <summary>Starts the load, and returns when every stream has acknowledged a post.</summary>
    public async Task StartAsync()
    {
        await ProbeAsync();
        await Parallel.ForEachAsync(_untouched, new ParallelOptions { MaxDegreeOfParallelism = 10 },
            async (stream, _) => await _probers[stream].PostAsync(stream, "once"));
        _listening = [.. _listeners.Select(listener => Task.Run(() => listener.RunAsync(_listenersStop.Token)))];
        _loading =
        [
            .. _posters.Select(poster => Task.Run(() => poster.RunAsync(_loadStop.Token))),
            .. _readers.Select(reader => Task.Run(() => reader.RunAsync(_loadStop.Token))),
        ];
    }

    /// <summary>Writes into the history what is done to the cluster.</summary>
    public void Note(string fault) => _history.Note(fault);

    /// <summary>Waits until every stream has acknowledged a new post, and returns how long that took.</summary>
    public async Task<TimeSpan> ProbeAsync()
    {
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(_streams.Select(stream => _probers[stream].PostAsync(stream, "probe")));
        return clock.Elapsed;
    }

    /// <summary>Ends the load, reads everything from all nodes, and checks the history.</summary>
    public async Task<Report> EndAsync()
    {
        await _loadStop.CancelAsync();
        await Task.WhenAll(_loading);
        var newest = new Dictionary<string, long>();
        foreach (var stream in _streams.Concat(_untouched))
            foreach (var node in _cluster.Nodes.Where(node => node.IsRunning))
                newest[stream] = await AuditAsync(node, stream);
        await WaitForListenersAsync(newest);
        await _listenersStop.CancelAsync();
        await Task.WhenAll(_listening);
        _history.Dispose();
        return Checker.Check(HistoryFile.Read(_history.Path));
    }

    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        _history.Dispose();
        _loadStop.Dispose();
        _listenersStop.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Reads all that a node has of a stream, and returns the timestamp of the newest message.</summary>
    private async Task<long> AuditAsync(Node node, string stream)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(30); await Task.Delay(500))
            if (await _auditor.ReadAsync(node, stream, Reader.Longest) is { } page)
                return page is [.., var last] ? last.Created : 0;
        throw new TimeoutException($"Node {node.Index} does not answer a read.\n{node.Log}");
    }

    private async Task WaitForListenersAsync(Dictionary<string, long> newest)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(30) && !_listeners.TrueForAll(listener => listener.Cursor >= newest[listener.Stream]))
            await Task.Delay(100);
    }
}
