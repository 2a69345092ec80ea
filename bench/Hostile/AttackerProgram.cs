using System.Globalization;
using System.Net;
using Malten.Testing.Hostile;

namespace Malten.Bench.Hostile;

/// <summary>The attackers: a process of its own, so that what they cost is not taken for what the node costs.</summary>
internal static class AttackerProgram
{
    /// <summary>Attacks from the first line of its input to the second, and prints how much it did.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var attack = Attack.All.Single(known => known.Name == args[0]);
        var from = args[1].Split(',').Select(IPAddress.Parse).ToList();
        var nodes = args[2].Split(',').Select(url => new Uri(url)).ToList();
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        using var stop = new CancellationTokenSource();
        var assault = new Assault(nodes, from, new AttackPace(attack.PerSecond), seed: 1, stop.Token);
        var attacking = Task.Run(() => attack.RunAsync(assault));
        await Console.In.ReadLineAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{assault.Done} {assault.Open}"));
        await stop.CancelAsync();
        try
        {
            await attacking;
        }
        catch (OperationCanceledException)
        {
            // stopped while it prepared
        }

        return 0;
    }
}
