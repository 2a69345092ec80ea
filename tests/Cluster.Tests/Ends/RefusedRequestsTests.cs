using System.Net;
using Malten.Grains.Copies;
using Malten.Grains.MessageStreams;
using Malten.Grains.Replicas;
using Malten.Streams;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Builder;

namespace Malten.Cluster.Tests.Ends;

/// <summary>10,000 requests that are refused, mistaken or given up leave nothing in a cluster.</summary>
[Collection(nameof(Undisturbed))]
public sealed class RefusedRequestsTests : IOutgoingGrainCallFilter, IAsyncLifetime
{
    private const int Requests = 10_000;
    private const int WarmUp = 1000; // by then, all pools and queues have what they keep
    private const long MostBytesLeft = 16 * 1024 * 1024;

    // Stateless workers come and go with the load, and the sample's grain is not the program's.
    private static readonly string[] NotCounted = ["ReaderGrain", "CatalogGrain", "ClockGrain"];

    private readonly ClusterHost _cluster;
    private readonly List<WebApplication> _gateways = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 32 });
    private string _pipe = "";
    private string _taken = "";
    private string _session = "";

    public RefusedRequestsTests() => _cluster = new ClusterHost { Calls = this }; // one of its own, so that nobody else leaves anything

    Task IOutgoingGrainCallFilter.Invoke(IOutgoingGrainCallContext context) => context.Invoke();

    public async ValueTask InitializeAsync()
    {
        await _cluster.StartAsync(new CapacityOptions());
        foreach (var (broker, relay) in _cluster.Brokers.Zip(_cluster.Relays))
            _gateways.Add(await ClusterContractHost.StartGatewayAsync(broker, relay, _cluster.Time));
        _pipe = (await _cluster.Broker.CreatePipeAsync(TimeToLive.Default)).Name.Value;
        _taken = StreamName.Random().Value;
        await _cluster.Broker.CreateAsync(new StreamSettings(StreamName.Parse(_taken), false, TimeToLive.Default));
        await using var listener = await _cluster.Broker.ListenAsync(new ListenRequest { Streams = [StreamName.Random()] });
        _session = listener.Session;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var gateway in _gateways)
        {
            await gateway.StopAsync();
            await gateway.DisposeAsync();
        }

        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task They_leave_activations_replicas_subscriptions_copies_and_memory_where_they_were()
    {
        await SendAsync(WarmUp);
        var before = await SettledAsync(null);
        var bytes = GC.GetTotalMemory(true);
        await SendAsync(Requests);
        Assert.Equal(before, await SettledAsync(before));
        // A name that had two activations within a moment keeps a fence for a minute; the others are forgotten at once.
        Assert.InRange(_cluster.Services<CopyStore>().Sum(copies => copies.Known), 0, Requests / 100);
        Assert.InRange(GC.GetTotalMemory(true) - bytes, long.MinValue, MostBytesLeft);
    }

    private Task SendAsync(int requests) => Parallel.ForAsync(
        0, requests, new ParallelOptions { MaxDegreeOfParallelism = 24 }, async (number, _) => await SendOneAsync(number));

    private async Task SendOneAsync(int number)
    {
        var kinds = Kinds(StreamName.Random().Value);
        var (method, path, status) = kinds[number % kinds.Length];
        // Kinds take turns on each gateway.
        var gateway = _gateways[number / kinds.Length % _gateways.Count].Urls.First();
        using var request = new HttpRequestMessage(new HttpMethod(method), gateway + path);
        if (status == 0)
        {
            using var given = new CancellationTokenSource();
            var sending = _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, given.Token);
            if (number % 2 == 0) await Task.Yield();
            await given.CancelAsync();
            if (await Record.ExceptionAsync(() => sending) is null) (await sending).Dispose();
            return;
        }

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True((HttpStatusCode)status == response.StatusCode, $"{method} {path} was answered with {(int)response.StatusCode}.");
        if (!path.StartsWith("/events", StringComparison.Ordinal)) await response.Content.ReadAsByteArrayAsync();
    }

    /// <summary>Requests and what they are answered with; 0: they are given up before that.</summary>
    private (string Method, string Path, int Status)[] Kinds(string unknown) =>
    [
        ("GET", $"/messages?stream={unknown}", 200), ("GET", $"/messages?stream={unknown}&seat=x", 403),
        ("GET", $"/messages?stream={_pipe}", 403), ("GET", $"/messages?stream={_pipe}&seat=x", 403), ("GET", $"/messages?limit=0&stream={unknown}", 400),
        ("GET", $"/presence?stream={unknown}", 200), ("GET", $"/presence?stream={_pipe}&seat=x", 403),
        ("GET", $"/events?stream={unknown}", 200), ("GET", $"/events?stream={unknown}", 0), ("GET", $"/events?stream={_taken}", 0),
        ("GET", $"/events?stream={unknown}&seat=x", 403), ("GET", $"/events?stream={_pipe}&seat=x", 403),
        ("GET", $"/events?stream={unknown}&stream={_pipe}", 403), ("GET", $"/events?stream={unknown}&last=x", 400),
        ("POST", $"/messages?stream={unknown}&message=a&seat=x", 403), ("POST", $"/messages?stream={_pipe}&message=a", 403),
        ("POST", $"/messages?stream={unknown}", 400), ("POST", $"/messages?stream={unknown}&message=/malten%20%20", 400),
        ("POST", $"/commands?stream={unknown}&prompt=a", 200), ("POST", $"/commands?stream={unknown}&prompt=a&seat=x", 403),
        ("POST", $"/commands?stream={_pipe}&prompt=a", 403), ("POST", $"/commands?stream={unknown}", 400), ("POST", $"/commands?stream={unknown}&prompt=a", 0),
        ("POST", $"/presence?session={unknown}{unknown}&status=away", 403), ("POST", $"/presence?session={_session}&status=away", 403),
        ("POST", $"/streams?stream={_taken}", 409), ("POST", $"/streams?stream={_pipe}", 409), ("POST", "/streams?ttl=0", 400),
        ("POST", $"/streams?stream=_&private=true", 400), ("GET", $"/streams?prefix={unknown}", 200), ("GET", $"/{unknown}", 404),
    ];

    /// <summary>What there is once nothing changes any more, or once it is what is expected.</summary>
    private async Task<Count> SettledAsync(Count? expected)
    {
        var last = await CountAsync();
        for (var attempt = 0; attempt < 100 && last != expected; attempt++)
        {
            await Task.Delay(100);
            var now = await CountAsync();
            // A command's prompt is kept for six seconds, and its stream's activation with it.
            var areActive = now.Activations.Contains($"{nameof(StreamGrain)},Malten.Grains, {now.Streams}]", StringComparison.Ordinal);
            if (expected is null && now == last && now.Listeners == 0 && attempt > 5 && areActive) break;
            last = now;
        }

        return last;
    }

    private async Task<Count> CountAsync()
    {
        var all = await _cluster.Cluster.GrainFactory.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        var activations = all.Where(one => !NotCounted.Any(type => one.GrainType.Contains(type, StringComparison.Ordinal)))
            .CountBy(one => one.GrainType).OrderBy(type => type.Key, StringComparer.Ordinal);
        return new Count(
            string.Join(", ", activations), _cluster.Services<FeedReplicas>().Sum(replicas => replicas.Count),
            _cluster.Services<CopyStore>().Sum(copies => copies.Count), _cluster.StreamsHeld, _cluster.BytesHeld,
            _cluster.Services<Capacity>().Sum(capacity => capacity.Listeners));
    }

    /// <summary>What a cluster holds for its clients.</summary>
    private sealed record Count(string Activations, int Replicas, int Copies, long Streams, long Bytes, long Listeners);
}
