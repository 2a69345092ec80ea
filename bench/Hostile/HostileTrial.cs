using System.Net;
using Malten.Bench.Load.Servers;
using Malten.Testing.Hostile;

namespace Malten.Bench.Hostile;

/// <summary>One attack against nodes that are started for it, with their default settings, while ordinary clients use them.</summary>
/// <param name="Skip">
/// What is left out of the latency: code that only the attack uses is compiled in the first seconds, which a node that has run for a
/// while has behind it.
/// </param>
internal sealed record HostileTrial(Attack Attack, bool IsCluster, IReadOnlyList<IPAddress> From, TimeSpan Length, TimeSpan Skip)
{
    private const int Ordinary = 50;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(6); // longer than an ordinary client waits
    private static readonly TimeSpan Return = TimeSpan.FromSeconds(30);
    private const long Little = 50 * 1024 * 1024; // more than when it was quiet, and still "back"

    // Things that each does before anything is measured, while code is compiled: five seconds, and half a minute where three
    // processes compile all that the clients use, twice, on the processors of this machine.
    private int WarmUp => IsCluster ? 120 : 20;

    public async Task<Outcome> RunAsync()
    {
        var programs = AppContext.BaseDirectory;
        using var node = IsCluster ? null : DotnetServer.StartMalten(Path.Combine(programs, "Malten.Gateway.dll"), isLifted: false);
        using var silos = IsCluster ? SiloCluster.Start(Path.Combine(programs, "Malten.Silo.dll"), 3, isLifted: false) : null;
        var nodes = (node?.Ports ?? silos!.Ports).Select(port => new Uri($"http://127.0.0.1:{port}")).ToList();
        using var memory = new MemoryWatch(node is null ? silos!.Processes : [node.Id]);
        using var attackers = await AttackerProcess.StartAsync(Attack, From, nodes);
        await using var crowd = await OrdinaryCrowd.StartAsync(Ordinary, nodes, Patience, Period);
        using var stop = new CancellationTokenSource();
        await crowd.ActAsync(WarmUp, stop.Token);
        var acting = crowd.ActAsync(int.MaxValue, stop.Token);
        var outcome = await MeasureAsync(crowd, attackers, memory);
        await stop.CancelAsync();
        await acting;
        return outcome;
    }

    private async Task<Outcome> MeasureAsync(OrdinaryCrowd crowd, AttackerProcess attackers, MemoryWatch memory)
    {
        var time = TimeProvider.System;
        var quiet = time.GetTimestamp();
        await Task.Delay(Quiet);
        var (begun, residentBefore) = (time.GetTimestamp(), memory.Now);
        memory.TakePeak();
        await attackers.BeginAsync();
        await Task.Delay(Length);
        var (done, open) = await attackers.EndAsync();
        var ended = time.GetTimestamp();
        await Task.Delay(Late);
        while (memory.Now > residentBefore + Little && time.GetElapsedTime(ended) < Return) await Task.Delay(100);
        var back = time.GetElapsedTime(ended);
        var compiled = begun + (long)(Skip.TotalSeconds * time.TimestampFrequency);
        return new Outcome(
            Served.Of(crowd.Done, quiet, begun), Served.Of(crowd.Done, begun, ended), Served.Of(crowd.Done, compiled, ended),
            residentBefore, memory.TakePeak(), memory.Now, back, done, open);
    }
}

/// <summary>What was measured.</summary>
/// <param name="Quiet">Ordinary clients before the attack.</param>
/// <param name="Attacked">Ordinary clients during the attack.</param>
/// <param name="Compiled">The same without its first seconds.</param>
/// <param name="ResidentBefore">Resident memory before, in bytes; of several nodes, of the largest.</param>
/// <param name="ResidentPeak">The most until the end.</param>
/// <param name="ResidentAfter">At the end: when it was back, or 30 s after the attack.</param>
/// <param name="Back">How long after the attack that was.</param>
/// <param name="Done">How many requests the attackers made, or connections they opened.</param>
/// <param name="Open">How many connections they had open at the end.</param>
internal sealed record Outcome(
    Served Quiet, Served Attacked, Served Compiled, long ResidentBefore, long ResidentPeak, long ResidentAfter, TimeSpan Back, long Done, int Open);
