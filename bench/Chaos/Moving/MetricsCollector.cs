using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Malten.Testing.Nodes;

namespace Malten.Bench.Chaos.Moving;

/// <summary>Takes metrics from nodes, as an OTLP collector of their operator would.</summary>
internal sealed class MetricsCollector : IDisposable
{
    private const string Missing = "malten.copies.missing";
    private const string Held = "malten.held";

    // Longer than it takes until the end of a node is noticed: nothing is missing before.
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpListener _listener = new();
    private readonly string _address = $"http://127.0.0.1:{FreePorts.Find(1, 1)[0]}";
    private readonly ConcurrentDictionary<(int Node, string Metric), (long At, long Value)> _latest = new();
    private readonly ConcurrentDictionary<int, long> _missed = new(); // when something was missing last, by node
    private long _mostHeld;

    public MetricsCollector()
    {
        _listener.Prefixes.Add($"{_address}/");
        _listener.Start();
        _ = ReceiveAsync();
    }

    /// <summary>What makes a node export to this collector, four times a second.</summary>
    public string[] SettingsOf(Node node) =>
    [
        "--OTEL_EXPORTER_OTLP_ENDPOINT", $"{_address}/{node.Index}", "--OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
        "--OTEL_METRIC_EXPORT_INTERVAL", "250",
    ];

    /// <summary>
    /// Waits until these nodes have reported for some seconds that no copies are missing, and returns how long after
    /// <paramref name="since"/> one of them reported otherwise for the last time.
    /// </summary>
    public async Task<TimeSpan> UntilWholeAsync(IReadOnlyList<Node> nodes, long since)
    {
        for (; Stopwatch.GetElapsedTime(since) < Patience; await Task.Delay(Pause))
        {
            var last = nodes.Select(node => _missed.GetValueOrDefault(node.Index)).Append(since).Max();
            if (nodes.All(node => _latest.TryGetValue((node.Index, Missing), out var sample) && Stopwatch.GetElapsedTime(last, sample.At) > Calm))
                return Stopwatch.GetElapsedTime(since, last);
        }

        var missing = nodes.Select(node => _latest.GetValueOrDefault((node.Index, Missing)).Value);
        throw new TimeoutException($"After {Patience}, nodes miss so many copies: {string.Join(", ", missing)}.");
    }

    /// <summary>What each of these nodes holds now, in bytes.</summary>
    public async Task<IReadOnlyList<long>> HeldAsync(IReadOnlyList<Node> nodes)
    {
        var asked = Stopwatch.GetTimestamp();
        while (nodes.Any(node => _latest.GetValueOrDefault((node.Index, Held)).At <= asked)) await Task.Delay(Pause);
        return [.. nodes.Select(node => _latest[(node.Index, Held)].Value)];
    }

    /// <summary>The most that any node has held since this was asked last, in bytes.</summary>
    public long TakeMostHeld() => Interlocked.Exchange(ref _mostHeld, 0);

    public void Dispose() => _listener.Close();

    private async Task ReceiveAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                Take(int.Parse(context.Request.Url!.Segments[1].TrimEnd('/'), CultureInfo.InvariantCulture), body.ToArray());
                context.Response.Close();
            }
            catch (Exception failure) when (failure is HttpListenerException or ObjectDisposedException or IOException)
            {
                // the node was killed meanwhile, or this collector ends
            }
        }
    }

    private void Take(int node, byte[] request)
    {
        var now = Stopwatch.GetTimestamp();
        foreach (var (name, value) in OtlpMetrics.Read(request).Where(metric => metric.Name is Missing or Held))
        {
            if (name == Missing && value > 0) _missed[node] = now;
            if (name == Held) _mostHeld = Math.Max(_mostHeld, value); // requests are read one after the other
            _latest[(node, name)] = (now, value);
        }
    }
}
