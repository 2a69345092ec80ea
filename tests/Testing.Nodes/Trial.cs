using System.Diagnostics;
using System.Net.Http.Json;

namespace Malten.Testing.Nodes;

/// <summary>
/// Puts load on a cluster while it fails. At the end every listener and every node must have every acknowledged message
/// once, in one order. Some streams get one message each at the beginning and are never touched again: what nobody asks
/// for must survive too.
/// </summary>
public sealed class Trial : IAsyncDisposable
{
    private const int Untouched = 100;

    private readonly CancellationTokenSource _postersStop = new();
    private readonly CancellationTokenSource _listenersStop = new();
    private readonly ProcessCluster _cluster;
    private readonly IReadOnlyList<Node> _entrances;
    private readonly List<string> _streams;
    private readonly List<string> _untouched;
    private readonly List<Poster> _posters;
    private readonly List<ResumingListener> _listeners;
    private readonly Poster _prober;
    private List<Task> _posting = [];
    private List<Task> _listening = [];

    /// <summary>
    /// Prepares the load. The seed decides which streams and nodes are used, but not the timing. The load goes to all
    /// nodes that the cluster has now, or only to the given entrances.
    /// </summary>
    public Trial(ProcessCluster cluster, int streams, int posters, int listeners, int seed, IReadOnlyList<Node>? entrances = null)
    {
        _cluster = cluster;
        _entrances = entrances ?? cluster.Nodes;
        _streams = [.. Enumerable.Range(0, streams).Select(i => $"chaos-{seed}-{i}")];
        _untouched = [.. Enumerable.Range(0, Untouched).Select(i => $"untouched-{seed}-{i}")];
        _posters = [.. Enumerable.Range(0, posters).Select(i => Poster(seed + i))];
        _prober = Poster(seed - 1, onlyReachable: true);
        _listeners = [.. Enumerable.Range(0, listeners).Select(i => new ResumingListener(Http, _entrances, _streams[i % streams], seed + i))];
    }

    /// <summary>The HTTP client of all load. Its connect timeout is short: an unplugged host never answers.</summary>
    public HttpClient Http { get; } = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2), UseProxy = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public int Retries => _posters.Sum(poster => poster.Retries);

    /// <summary>Starts the load, and returns when every stream has acknowledged a post.</summary>
    public async Task StartAsync()
    {
        await ProbeAsync();
        await Parallel.ForEachAsync(_untouched, new ParallelOptions { MaxDegreeOfParallelism = 10 },
            async (stream, _) => await _prober.PostAsync(stream, "once"));
        _listening = [.. _listeners.Select(listener => Task.Run(() => listener.RunAsync(_listenersStop.Token)))];
        _posting = [.. _posters.Select(poster => Task.Run(() => poster.RunAsync(_postersStop.Token)))];
    }

    /// <summary>Waits until every stream has acknowledged a new post, and returns how long that took.</summary>
    public async Task<TimeSpan> ProbeAsync()
    {
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(_streams, new ParallelOptions { MaxDegreeOfParallelism = _streams.Count },
            async (stream, _) => await _prober.PostAsync(stream, "probe"));
        return clock.Elapsed;
    }

    /// <summary>Ends the load, and compares what all nodes and listeners have.</summary>
    public async Task<Verdict> EndAsync()
    {
        await _postersStop.CancelAsync();
        await Task.WhenAll(_posting);
        var faults = new List<string>();
        var truth = new Dictionary<string, List<Posted>>();
        foreach (var stream in _streams)
        {
            var pages = new List<List<Posted>>();
            foreach (var node in _cluster.Nodes.Where(node => node.IsRunning)) pages.Add(await ReadAsync(node, stream));
            truth[stream] = pages[0];
            if (!pages.TrueForAll(page => page.SequenceEqual(pages[0]))) faults.Add($"{stream}: nodes disagree");
            CheckOrder(stream, pages[0], faults);
            var held = pages[0].Select(message => message.Id).ToHashSet();
            var lost = Acknowledged(stream).Count(message => !held.Contains(message.Id));
            if (lost > 0) faults.Add($"{stream}: {lost} acknowledged messages are gone");
        }

        foreach (var (index, stream) in _untouched.Index())
            if (await ReadAsync(_cluster.Nodes.Where(node => node.IsRunning).ElementAt(index % 2), stream) is not [_])
                faults.Add($"{stream}: the message of a stream that nobody touched is gone");
        await WaitForListenersAsync(truth);
        await _listenersStop.CancelAsync();
        await Task.WhenAll(_listening);
        foreach (var listener in _listeners)
        {
            if (listener.Gaps > 0) faults.Add($"{listener.Stream}: a listener heard {listener.Gaps} gap events");
            if (!listener.Heard.SequenceEqual(truth[listener.Stream]))
                faults.Add($"{listener.Stream}: a listener heard {listener.Heard.Count} messages "
                    + $"({listener.Heard.Distinct().Count()} different), {truth[listener.Stream].Count} are held");
        }

        return new Verdict(_streams.Sum(stream => Acknowledged(stream).Count()), _listeners.Sum(listener => listener.Heard.Count),
            _listeners.Sum(listener => listener.Connections), Retries, faults);
    }

    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        _postersStop.Dispose();
        _listenersStop.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void CheckOrder(string stream, List<Posted> page, List<string> faults)
    {
        if (page.Select(message => message.Id).Distinct().Count() != page.Count) faults.Add($"{stream}: a message is held twice");
        if (page.Zip(page.Skip(1)).Any(pair => pair.First.Created >= pair.Second.Created)) faults.Add($"{stream}: out of order");
    }

    private Poster Poster(int seed, bool onlyReachable = false) =>
        new(Http, _entrances, _streams, seed, TimeSpan.FromMilliseconds(20), onlyReachable);

    private IEnumerable<Posted> Acknowledged(string stream) =>
        _posters.Append(_prober).SelectMany(poster => poster.Acknowledged.GetValueOrDefault(stream) ?? []);

    private async Task<List<Posted>> ReadAsync(Node node, string stream)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var answer = await Http.GetAsync($"{node.Url}/messages?stream={stream}&limit=1024");
            if (answer.IsSuccessStatusCode) return (await answer.Content.ReadFromJsonAsync<List<Posted>>())!;
            if (attempt == 10) answer.EnsureSuccessStatusCode();
            await Task.Delay(500);
        }
    }

    private async Task WaitForListenersAsync(Dictionary<string, List<Posted>> truth)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(30)
            && !_listeners.TrueForAll(listener => listener.Heard.Count >= truth[listener.Stream].Count))
            await Task.Delay(100);
    }
}
