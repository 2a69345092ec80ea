using System.Diagnostics;
using Malten.Grains.Members;
using Malten.Testing.Nodes;

namespace Malten.Bench.Chaos.Moving;

/// <summary>
/// Ends a node that holds much and starts it again, so that all of that moves, while others post to streams of their own. The
/// nodes that stay are asked, so what is measured is what moving costs and not what it costs to lose a connection.
/// </summary>
internal sealed class MovingRun(Stage stage, ICargo cargo) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongQuiet = TimeSpan.FromSeconds(30); // in which each node sweeps its memory once

    private readonly IReadOnlyList<Node> _nodes = stage.Cluster.Nodes;
    private readonly Node _ended = stage.Cluster.Nodes[^1];
    private readonly MetricsCollector _metrics = new();
    private readonly Members _members = new(stage.Cluster);
    private readonly SteadyLoad _load = new(stage.Trial.Writer, [.. stage.Cluster.Nodes.SkipLast(1)]);
    private readonly List<Step> _steps = [];

    public async Task RunAsync()
    {
        foreach (var node in _nodes) node.More = [.. node.More, .. cargo.Settings, .. _metrics.SettingsOf(node)];
        await stage.StartAsync();
        Console.WriteLine(await cargo.LoadAsync(_members, _metrics));
        _load.Start();
        await Task.Delay(Quiet); // in which code is compiled
        PrintBusyness();
        await DoAsync("nothing", () => Task.Delay(LongQuiet));
        await DoAsync("a node was killed", KillAsync);
        await DoAsync("it was started again", StartAsync);
        await DoAsync("it was stopped (SIGTERM)", StopAsync);
        await DoAsync("it was started again", StartAsync);
        PrintBusyness();
        var waits = await _load.EndAsync();
        Console.WriteLine(Step.Head);
        foreach (var step in _steps) Console.WriteLine(step.Row(waits));
        await _load.ReadAsync(_nodes);
        Console.WriteLine(await cargo.CheckAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _load.DisposeAsync();
        await _members.DisposeAsync();
        _metrics.Dispose();
    }

    private static void PrintBusyness() => Console.WriteLine($"load average {File.ReadAllText("/proc/loadavg").Trim()}");

    private async Task DoAsync(string deed, Func<Task> act)
    {
        var (before, lost) = (await _members.LookAsync(), await _members.CountLostAsync());
        stage.Trial.Note(deed);
        _metrics.TakeMostHeld();
        var from = Stopwatch.GetTimestamp();
        await act();
        var whole = await _metrics.UntilWholeAsync([.. _nodes.Where(node => node.IsRunning)], from);
        var (to, after) = (Stopwatch.GetTimestamp(), await _members.LookAsync());
        var moved = _load.Streams.Where(stream => IsHeld(before, stream) || IsHeld(after, stream)).ToHashSet();
        _steps.Add(new Step(deed, from, to, whole, moved, await _members.CountLostAsync() - lost, _metrics.TakeMostHeld()));
    }

    private bool IsHeld(View view, string stream) =>
        view.Candidates(stream, stage.Copies).Any(silo => silo.Endpoint.Port == _ended.SiloPort);

    private async Task KillAsync()
    {
        await _members.ExpectEndAsync(_ended);
        _ended.Kill();
    }

    private async Task StopAsync()
    {
        await _members.ExpectEndAsync(_ended);
        var clock = Stopwatch.StartNew();
        await _ended.StopAsync();
        var hasHandedOver = !_ended.Log.Contains("stops before the others hold all", StringComparison.Ordinal);
        Console.WriteLine($"It ended after {clock.Elapsed.TotalSeconds:0.0} s{(hasHandedOver ? "" : ", before it had handed over all that it held")}");
    }

    private async Task StartAsync()
    {
        _ended.Start();
        await _ended.WaitUntilReadyAsync(stage.Trial.Http, Patience);
    }
}
