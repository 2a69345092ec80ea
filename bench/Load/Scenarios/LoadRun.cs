using System.Diagnostics;
using Malten.Bench.Load.Checks;
using Malten.Bench.Load.Engine;
using Malten.Bench.Load.Servers;

namespace Malten.Bench.Load.Scenarios;

/// <summary>One measurement: opens the listeners of a new stream, posts, measures after a warm-up, drains, and checks.</summary>
internal sealed class LoadRun : IDisposable
{
    private readonly IServer _server;
    private readonly ProcessUsage _usage;
    private readonly ProcessUsage _ownUsage = new(Environment.ProcessId, withChildren: false);
    private readonly LoadPlan _plan;
    private readonly string _stream;
    private readonly MeasuringWindow _window = new();
    private readonly List<Reactor> _reactors = [];
    private readonly ListenerGroup? _listeners;
    private readonly PublisherGroup _publishers;
    private SlowLinks? _slow;

    private LoadRun(IServer server, LoadPlan plan)
    {
        (_server, _usage, _plan) = (server, server.Usage, plan);
        _stream = plan.Stream ?? $"bench-{Random.Shared.NextInt64():x16}";
        var progress = new Progress(plan.Listeners);
        IPace pace = plan.Rate is { } rate
            ? new OpenLoop(rate, plan.Publishers, Clock.Now + 500_000_000)
            : new ClosedLoop(plan.Listeners == 0 ? long.MaxValue : plan.Window, progress);
        _publishers = new PublisherGroup(pace, _window);
        for (var i = 0; i < plan.Readers; i++) _reactors.Add(new Reactor($"reader {i}", plan.Listeners + plan.Publishers));
        if (plan.SeparatePublishers) _reactors.Add(new Reactor("publishers", plan.Publishers));
        if (plan.Listeners > 0) _listeners = new ListenerGroup(server, _stream, plan.Publishers, progress, _window);
    }

    public static LoadResult Measure(IServer server, LoadPlan plan)
    {
        using var run = new LoadRun(server, plan);
        return run.Measure();
    }

    public void Dispose()
    {
        foreach (var reactor in _reactors) reactor.Dispose();
        _slow?.Dispose();
    }

    private LoadResult Measure()
    {
        foreach (var reactor in _reactors) reactor.Start();
        _listeners?.Open(_plan.Listeners, _reactors[.._plan.Readers], ThrowIfFailed);
        _slow = new SlowLinks(_server.Ports, _server.Dialect.Listen(_stream), _plan.SlowListeners);
        OpenPublishers();
        Sleep(_plan.WarmUp);
        var (before, clock) = (Snapshot(), Stopwatch.StartNew());
        _window.IsOpen = true;
        if (_plan.Posts == 0) Sleep(_plan.Duration);
        else Wait(() => _publishers.Answered - before.Posts >= _plan.Posts, () => _publishers.Answered);
        _window.IsOpen = false;
        var (after, elapsed) = (Snapshot(), clock.Elapsed);
        if (_slow.Ended > 0) throw new InvalidOperationException($"{_server.Name} closed {_slow.Ended} slow links.");
        Drain();
        Dispose();
        return new LoadResult
        {
            Server = _server.Name,
            Elapsed = elapsed,
            Deliveries = after.Deliveries - before.Deliveries,
            Posts = after.Posts - before.Posts,
            Bytes = after.Bytes - before.Bytes,
            Reads = after.Reads - before.Reads,
            DeliveryLatency = _listeners?.Latency ?? new LatencyHistogram(),
            PostLatency = LatencyHistogram.Sum(_publishers.Latencies),
            ServerCpuSeconds = after.ServerCpu - before.ServerCpu,
            GeneratorCpuSeconds = after.GeneratorCpu - before.GeneratorCpu,
            ServerResidentBytesBefore = before.Resident,
            ServerResidentBytes = after.Resident,
            Faults = _listeners?.Faults(_publishers.Posted) ?? default,
        };
    }

    private void OpenPublishers()
    {
        var template = _plan.BeginsStreams
            ? _server.Dialect.PostToNew(_stream, MessageText.Template(_plan.Size))
            : _server.Dialect.Post(_stream, MessageText.Template(_plan.Size));
        var reactor = _plan.SeparatePublishers ? _reactors[^1] : _reactors[0];
        for (var i = 0; i < _plan.Publishers; i++)
        {
            var publisher = new Publisher(
                _server.Ports[i % _server.Ports.Count], i, template.Copy(), _server.Dialect.EchoesText, _publishers);
            reactor.Add(publisher);
            _publishers.Add(publisher);
        }

        reactor.Turn = _publishers.Turn;
    }

    /// <summary>Waits until every listener has every message, or until nothing has come for two seconds.</summary>
    private void Drain()
    {
        _publishers.Stop();
        Wait(() => _publishers.IsQuiet, () => _publishers.Answered);
        Wait(() => _listeners?.Deliveries == _publishers.Answered * _plan.Listeners, () => _listeners?.Deliveries ?? 0);
        // Any message that comes now is a repeat.
        Sleep(TimeSpan.FromMilliseconds(50));
    }

    private void Wait(Func<bool> isDone, Func<long> progress)
    {
        var (last, since) = (progress(), Stopwatch.StartNew());
        while (!isDone() && since.Elapsed < TimeSpan.FromSeconds(2))
        {
            Sleep(TimeSpan.FromMilliseconds(5));
            if (progress() is var now && now != last) (last, since) = (now, Stopwatch.StartNew());
        }
    }

    private void Sleep(TimeSpan time)
    {
        Thread.Sleep(time);
        ThrowIfFailed();
    }

    private void ThrowIfFailed()
    {
        foreach (var reactor in _reactors)
            if (reactor.Failure is { } failure)
                throw new InvalidOperationException($"The run against {_server.Name} failed: {failure.Message}", failure);
    }

    private (long Deliveries, long Bytes, long Reads, long Posts, double ServerCpu, double GeneratorCpu, long Resident) Snapshot() =>
        (_listeners?.Deliveries ?? 0, _listeners?.Bytes ?? 0, _listeners?.Reads ?? 0, _publishers.Answered,
            _usage.CpuSeconds, _ownUsage.CpuSeconds, _usage.ResidentBytes);
}
