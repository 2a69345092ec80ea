using System.Globalization;

namespace Malten.Bench.Chaos;

/// <summary>What was asked for on the command line.</summary>
internal sealed record Options(Scenario Scenario, int Seed, string History, bool ShowsLogs)
{
    private const string Usage = "usage: dotnet run -c Release --project bench/Chaos -- <scenario> [seed] [--history <file>] [--logs]";

    /// <summary>Null, and a message to the user, when the arguments make no sense.</summary>
    public static Options? Parse(string[] args)
    {
        var (words, history, showsLogs) = (new List<string>(), default(string), false);
        for (var index = 0; index < args.Length; index++)
            if (args[index] == "--logs") showsLogs = true;
            else if (args[index] == "--history" && index + 1 < args.Length) history = args[++index];
            else words.Add(args[index]);
        var seed = Random.Shared.Next(1_000_000);
        var scenario = Scenario.All.FirstOrDefault(known => known.Name == words.ElementAtOrDefault(0));
        if (scenario is not null && words.Count <= 2
            && (words.Count < 2 || int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out seed)))
            return new Options(scenario, seed, history ?? $"artifacts/chaos/{scenario.Name}-{seed}.jsonl", showsLogs);
        Console.Error.WriteLine($"{Usage}\nThe scenarios are {string.Join(", ", Scenario.All.Select(known => known.Name))}.");
        return null;
    }
}
