using System.Diagnostics;
using Malten.Bench.Load.Scenarios;
using Malten.Bench.Load.Servers;
using Malten.Client;

namespace Malten.Bench.Client;

/// <summary>Posts and hears with <see cref="MaltenClient"/>, beside the load program that does the same with bare sockets.</summary>
internal sealed class ClientLoad(ServerProcess server) : IDisposable
{
    private const int Posters = 32;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private readonly MaltenClient _client = new($"http://127.0.0.1:{server.Ports[0]}");

    public void Dispose() => _client.Dispose();

    /// <summary>Posts a second over 32 connections: this client's, and the load program's.</summary>
    public async Task<(double Ours, double Beside)> PostAsync()
    {
        var text = new string('x', 100);
        var count = 0L;
        using var stop = new CancellationTokenSource();
        var posters = Enumerable.Range(0, Posters).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await _client.PostAsync("bench-posts", text);
                Interlocked.Increment(ref count);
            }
        })).ToList();
        var rate = await RateAsync(() => Interlocked.Read(ref count));
        await stop.CancelAsync();
        await Task.WhenAll(posters);
        return (rate, LoadRun.Measure(server, new LoadPlan { Listeners = 0, Publishers = Posters }).PostsPerSecond);
    }

    /// <summary>
    /// Messages a second that so many listeners hear together while 16 publishers post as fast as they can: this client's, and the load program's.
    /// </summary>
    public async Task<(double Ours, double Beside)> HearAsync(int listeners)
    {
        var stream = $"bench-heard-{Random.Shared.NextInt64():x16}";
        var counts = new long[listeners];
        var opened = new CountdownEvent(listeners);
        using var stop = new CancellationTokenSource();
        var listening = Enumerable.Range(0, listeners).Select(i => Task.Run(() => HearAsync(stream, () => counts[i]++, opened, stop.Token))).ToList();
        opened.Wait();
        var posting = Task.Run(() => LoadRun.Measure(server, new LoadPlan { Listeners = 0, Stream = stream, Duration = Length + WarmUp }));
        var rate = await RateAsync(() => counts.Sum());
        await posting;
        await stop.CancelAsync();
        await Task.WhenAll(listening);
        return (rate, LoadRun.Measure(server, new LoadPlan { Listeners = listeners }).DeliveriesPerSecond);
    }

    private async Task HearAsync(string stream, Action count, CountdownEvent opened, CancellationToken stop)
    {
        try
        {
            await foreach (var item in _client.ListenAsync(stream, cancellationToken: stop))
            {
                if (item is Message) count();
                if (item is Opened) opened.Signal();
            }
        }
        catch (OperationCanceledException)
        {
            // the round is over
        }
    }

    private static async Task<double> RateAsync(Func<long> count)
    {
        await Task.Delay(WarmUp);
        var (before, clock) = (count(), Stopwatch.StartNew());
        await Task.Delay(Length);
        return (count() - before) / clock.Elapsed.TotalSeconds;
    }
}
