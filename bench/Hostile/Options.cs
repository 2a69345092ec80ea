using System.Globalization;
using Malten.Testing.Hostile;

namespace Malten.Bench.Hostile;

/// <summary>What was asked for on the command line.</summary>
internal sealed record Options
{
    private const string Usage = """
        usage: dotnet run -c Release --project bench/Hostile -- [attack …] [options]
          --on node|silos      against one node, or against three silos (both)
          --from N             from so many addresses, up to 250 (1 and 250)
          --neighbours         these addresses are of one network (an IPv4 /24) and not each of its own
          --seconds S          how long each attack goes on (6)
          --skip S             how many of its first seconds are left out of the latency (2)
        """;

    private static readonly bool[] Targets = [false, true];

    private readonly List<Attack> _attacks = [];

    public bool OnNode { get; private set; } = true;

    public bool OnSilos { get; private set; } = true;

    public int[] From { get; private set; } = [1, 250];

    public bool AreNeighbours { get; private set; }

    public TimeSpan Length { get; private set; } = TimeSpan.FromSeconds(6);

    public TimeSpan Skip { get; private set; } = TimeSpan.FromSeconds(2);

    /// <summary>Null, and a message to the user, when the arguments make no sense.</summary>
    public static Options? Parse(string[] args)
    {
        var (options, rest) = (new Options(), new Queue<string>(args));
        while (rest.TryDequeue(out var word))
            if (!options.TryRead(word, rest))
            {
                Console.Error.WriteLine($"{Usage}\nThe attacks are {string.Join(", ", Attack.All.Select(attack => attack.Name))}.");
                return null;
            }

        if (options.Skip < options.Length) return options;
        Console.Error.WriteLine("An attack has to go on for longer than what is left out of it.");
        return null;
    }

    /// <summary>What is to be measured, one after another.</summary>
    public IEnumerable<HostileTrial> Trials() =>
        from isCluster in Targets
        where isCluster ? OnSilos : OnNode
        from attack in _attacks.Count > 0 ? _attacks : Attack.All
        from addresses in From
        select new HostileTrial(attack, isCluster, Addresses.Attackers(addresses, AreNeighbours), Length, Skip);

    private static bool TryParse(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private bool TryRead(string word, Queue<string> rest)
    {
        switch (word)
        {
            case "--on" when rest.TryDequeue(out var target) && target is "node" or "silos":
                (OnNode, OnSilos) = (target == "node", target == "silos");
                return true;
            case "--from" when rest.TryDequeue(out var count) && TryParse(count, out var addresses) && addresses is > 0 and <= 250:
                From = [addresses];
                return true;
            case "--neighbours":
                AreNeighbours = true;
                return true;
            case "--seconds" when rest.TryDequeue(out var length) && TryParse(length, out var seconds) && seconds > 2:
                Length = TimeSpan.FromSeconds(seconds);
                return true;
            case "--skip" when rest.TryDequeue(out var length) && TryParse(length, out var seconds):
                Skip = TimeSpan.FromSeconds(seconds);
                return true;
            default:
                if (Attack.All.FirstOrDefault(known => known.Name == word) is not { } attack) return false;
                _attacks.Add(attack);
                return true;
        }
    }
}
