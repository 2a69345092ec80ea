using Malten.Bench.Chaos.Moving;
using Malten.Testing.Nodes;

namespace Malten.Bench.Chaos;

/// <summary>The scenarios at their full length.</summary>
internal static class Runs
{
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(5);

    // Within this time after a sudden end, the copies are whole again.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    public static async Task KillAsync(Stage stage)
    {
        await stage.StartAsync();
        Print("a node was killed", await Scenarios.KillEachAsync(stage.Cluster.Nodes, stage.Trial, Calm));
    }

    public static async Task RollAsync(Stage stage)
    {
        await stage.StartAsync();
        await Scenarios.RollAsync(stage.Cluster, stage.Trial, Calm);
    }

    public static async Task UntouchedAsync(Stage stage)
    {
        await stage.StartAsync();
        await Scenarios.EndEachAsync(stage.Cluster, stage.Trial, Settling);
    }

    public static async Task PauseAsync(Stage stage)
    {
        await stage.StartAsync();
        Print("a node hung for 15 s",
            await Scenarios.PauseEachAsync(stage.Cluster.Nodes, stage.Trial, TimeSpan.FromSeconds(15), Calm));
    }

    public static async Task CutAsync(Stage stage)
    {
        await stage.StartAsync();
        for (var host = 0; host < 3; host++)
            Print("a host was cut off for 30 s",
                await NetworkScenarios.CutAsync(stage.Cluster, stage.Network!, stage.Trial, host, TimeSpan.FromSeconds(30)));
    }

    /// <summary>Each host in turn loses what it sends to all others, what they send to it, and what it sends to one of them.</summary>
    public static async Task OneWayAsync(Stage stage)
    {
        await stage.StartAsync();
        for (var host = 0; host < 3; host++)
        {
            var (next, other) = ((host + 1) % 3, (host + 2) % 3);
            await LoseAsync(stage, "a host was not heard by the others for 20 s", (host, next), (host, other));
            await LoseAsync(stage, "a host did not hear the others for 20 s", (next, host), (other, host));
            await LoseAsync(stage, "a host was not heard by one other for 20 s", (host, next));
        }
    }

    public static async Task SlowAsync(Stage stage)
    {
        var slowness = new Slowness(10_000_000, TimeSpan.FromMilliseconds(100));
        await stage.StartAsync();
        await Task.Delay(Calm);
        for (var host = 0; host < 3; host++)
        {
            Print("a cable had 10 Mbit/s and 100 ms each way for 30 s", await NetworkScenarios.SlowAsync(
                stage.Cluster, stage.Network!, stage.Trial, host, slowness, TimeSpan.FromSeconds(30)));
            Console.WriteLine($"  its frames were at most {stage.Network!.Lateness(host).TotalMilliseconds:0} ms late");
        }

        stage.Network!.Slow(0, slowness);
        Print("a node was killed while the cable of another was slow",
            await Scenarios.KillEachAsync([stage.Cluster.Nodes[1]], stage.Trial, Calm));
        stage.Network!.Slow(0, null);
        await Task.Delay(Calm);
    }

    public static async Task ClockAsync(Stage stage)
    {
        using var clock = new WallClock(TimeSpan.FromMinutes(1));
        stage.Cluster.Nodes[0].Clock = clock;
        await stage.StartAsync();
        TimeSpan[] offsets = [.. new[] { 60, -60, 60, 0, -60, 60 }.Select(offset => TimeSpan.FromSeconds(offset))];
        Print("a node was killed while the clock of one was wrong",
            await Scenarios.JumpAsync(stage.Cluster, stage.Trial, clock, offsets, Calm));
    }

    public static async Task PairAsync(Stage stage)
    {
        await stage.StartAsync();
        for (var round = 0; round < 3; round++)
            await NetworkScenarios.SplitAsync(
                stage.Cluster, stage.Network!, stage.Trial, [round, round + 2], TimeSpan.FromSeconds(40), () => Task.CompletedTask);
    }

    public static async Task TwoAsync(Stage stage)
    {
        await stage.StartAsync();
        for (var round = 0; round < 5; round++)
        {
            var nodes = stage.Cluster.Nodes;
            Print("two nodes were killed at once", await Scenarios.KillTogetherAsync([nodes[round], nodes[(round + 2) % 5]], stage.Trial));
            await Task.Delay(TimeSpan.FromSeconds(15));
        }
    }

    public static async Task JoinAsync(Stage stage)
    {
        await stage.StartAsync();
        for (var round = 0; round < 3; round++)
        {
            await Task.Delay(Calm);
            Print("a host was cut off; then another node was killed",
                await NetworkScenarios.JoinAsync(stage.Cluster, stage.Network!, stage.Trial, round, (round + 2) % 5, Settling));
        }
    }

    public static Task ManyAsync(Stage stage) => MoveAsync(stage, new ManyStreams(stage.Trial.Writer, stage.Cluster.Nodes));

    /// <summary>As much as two of three nodes can hold: nine tenths of the memory of each of them.</summary>
    public static Task LargeAsync(Stage stage) =>
        MoveAsync(stage, new LongStreams(stage.Cluster.Nodes, stage.Copies, share: 0.6, mayGiveWay: false));

    /// <summary>Nine tenths of the memory of each of three nodes, so that two can't hold all of it.</summary>
    public static Task FullAsync(Stage stage) =>
        MoveAsync(stage, new LongStreams(stage.Cluster.Nodes, stage.Copies, share: 0.9, mayGiveWay: true));

    private static async Task MoveAsync(Stage stage, ICargo cargo)
    {
        await using var run = new MovingRun(stage, cargo);
        await run.RunAsync();
    }

    private static async Task LoseAsync(Stage stage, string fault, params (int From, int To)[] ways) =>
        Print(fault, await NetworkScenarios.LoseAsync(stage.Cluster, stage.Network!, stage.Trial, ways, TimeSpan.FromSeconds(20)));

    private static void Print(string fault, params IReadOnlyList<TimeSpan> recoveries) => Console.WriteLine(
        $"{fault}; every stream took posts again after {string.Join(", ", recoveries.Select(recovery => $"{recovery.TotalSeconds:0.0}"))} s");
}
