using System.Globalization;

namespace Malten.Bench.Load.Scenarios;

/// <summary>The options of the command line.</summary>
internal sealed record SuiteOptions
{
    public const string Usage = """
        usage: bench/run [--quick] [--only SCENARIO] [options]
          --quick              fewer and shorter rounds
          --only SCENARIO      only that scenario, or all whose names begin with it; may be repeated:
                               closed-16x100 closed-16x1000 closed-1x100 closed-1x1000 open-100 open-1000 slow-100 slow-1000
                               posts million idle
                               cluster-closed-16x100 cluster-closed-16x1000 cluster-closed-1x100 cluster-posts
                               cluster-begin cluster-hop cluster-memory
          --rounds N           rounds of each server (3)
          --seconds S          length of a measuring window (3)
          --warm-up S          warm-up before the window (1)
          --size N             characters of a message's text (100)
          --window N           messages the slowest listener may lag in a closed loop (512)
          --idle N             idle listeners (10000)
          --idle-streams N     idle streams of a cluster (30000)
          --readers N          threads of the load program that read listeners (1)
          --shared-thread      publishers share the first reader's thread
          --no-nchan           measure Malten alone
        """;

    public string Gateway { get; private set; } = "";

    public string EmptyPost { get; private set; } = "";

    /// <summary>The program of a cluster node; empty where Orleans can't be restored.</summary>
    public string Silo { get; private set; } = "";

    public List<string> Only { get; } = [];

    public int Rounds { get; private set; } = 3;

    public int IdleListeners { get; private set; } = 10_000;

    public int IdleStreams { get; private set; } = 30_000;

    public bool WithNchan { get; private set; } = true;

    private static IEnumerable<string> KnownNames => [.. Scenario.Names, .. ClusterScenario.Names];

    /// <summary>How long a server is under load before the first round.</summary>
    public TimeSpan Priming { get; private set; } = TimeSpan.FromSeconds(8);

    /// <summary>The parts of a plan that do not depend on the scenario.</summary>
    public LoadPlan Common { get; private set; } = new();

    /// <exception cref="ArgumentException">An option is unknown, or its value is invalid.</exception>
    public static SuiteOptions Parse(string[] arguments)
    {
        var options = new SuiteOptions();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var option)) options.Read(option, rest);
        return options;
    }

    public bool Wants(string scenario) => Only.Count == 0 || Only.Exists(name => name == scenario
        || (!KnownNames.Contains(name) && scenario.StartsWith(name, StringComparison.Ordinal)));

    /// <summary>A scenario's plan, completed with the requested lengths and sizes.</summary>
    public LoadPlan Complete(LoadPlan plan) => Common with
    {
        Listeners = plan.Listeners,
        Publishers = plan.Publishers,
        Rate = plan.Rate,
        BeginsStreams = plan.BeginsStreams,
        Posts = plan.Posts,
        Duration = plan.Rate is null && plan.Listeners > 0 ? Common.Duration : Common.Duration * 2 / 3,
    };

    private void Read(string option, Queue<string> rest)
    {
        switch (option)
        {
            case "--gateway": Gateway = Next(); break;
            case "--empty-post": EmptyPost = Next(); break;
            case "--silo": Silo = Next(); break;
            case "--quick":
                (Rounds, IdleListeners, IdleStreams, Priming) = (2, 2000, 10_000, TimeSpan.FromSeconds(4));
                Common = Common with { Duration = TimeSpan.FromSeconds(1.5) };
                break;
            case "--only": Only.Add(Name()); break;
            case "--rounds": Rounds = Number(1, 100); break;
            case "--seconds": Common = Common with { Duration = TimeSpan.FromSeconds(Number(1, 600)) }; break;
            case "--warm-up": Common = Common with { WarmUp = TimeSpan.FromSeconds(Number(0, 60)) }; break;
            case "--size": Common = Common with { Size = Number(Checks.MessageText.Shortest, 1024) }; break;
            case "--window": Common = Common with { Window = Number(1, 1024) }; break;
            case "--idle": IdleListeners = Number(1, 20_000); break;
            case "--idle-streams": IdleStreams = Number(1, 1_000_000); break;
            case "--readers": Common = Common with { Readers = Number(1, 16) }; break;
            case "--shared-thread": Common = Common with { SeparatePublishers = false }; break;
            case "--no-nchan": WithNchan = false; break;
            case "--help": throw new ArgumentException("Measures Malten, and nchan for comparison.");
            default: throw new ArgumentException($"'{option}' is not an option.");
        }

        string Next() => rest.TryDequeue(out var value) ? value : throw new ArgumentException($"'{option}' needs a value.");

        string Name() => Next() is var name && KnownNames.Any(known => known.StartsWith(name, StringComparison.Ordinal))
            ? name
            : throw new ArgumentException($"No scenario's name begins with '{name}'.");

        int Number(int least, int most) =>
            int.TryParse(Next(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                ? number
                : throw new ArgumentException($"'{option}' needs a whole number from {least} to {most}.");
    }
}
