using Malten.Testing.Nodes;

namespace Malten.Bench.Chaos;

/// <summary>The cluster that a scenario has, not started yet.</summary>
internal sealed record Stage(ProcessCluster Cluster, TestNetwork? Network, Trial Trial, int Copies)
{
    /// <summary>Starts the nodes, and the load.</summary>
    public async Task StartAsync()
    {
        await Cluster.StartAsync(Trial.Http);
        await Trial.StartAsync();
    }
}

/// <summary>How the nodes are connected.</summary>
internal enum Cables
{
    /// <summary>All on loopback.</summary>
    None,

    /// <summary>Each on a host (network namespace) of its own.</summary>
    Plain,

    /// <summary>The same, with cables that may become slow.</summary>
    Shaped,
}

/// <summary>What may happen to a cluster, and how large the cluster and its load are.</summary>
internal sealed record Scenario(string Name, Func<Stage, Task> RunAsync)
{
    /// <summary>All that there are.</summary>
    public static readonly IReadOnlyList<Scenario> All =
    [
        new("kill", Runs.KillAsync),
        new("roll", Runs.RollAsync),
        new("untouched", Runs.UntouchedAsync) { Load = new Load(Streams: 0, Posters: 0, Listeners: 0, Readers: 0, Untouched: 1000) },
        new("pause", Runs.PauseAsync),
        new("cut", Runs.CutAsync) { Cables = Cables.Plain },
        new("oneway", Runs.OneWayAsync) { Cables = Cables.Plain },
        new("slow", Runs.SlowAsync) { Cables = Cables.Shaped },
        new("clock", Runs.ClockAsync) { NeedsClock = true },
        new("pair", Runs.PairAsync) { Nodes = 5, Cables = Cables.Plain },
        new("two", Runs.TwoAsync) { Nodes = 5, Copies = 3 },
        new("join", Runs.JoinAsync) { Nodes = 5, Cables = Cables.Plain, Spare = 3 },
        new("many", Runs.ManyAsync) { Load = Load.None },
        new("large", Runs.LargeAsync) { Load = Load.None },
        new("full", Runs.FullAsync) { Load = Load.None },
    ];

    public int Nodes { get; init; } = 3;

    public int Copies { get; init; } = 2;

    public Cables Cables { get; init; }

    /// <summary>Hosts for nodes that join.</summary>
    public int Spare { get; init; }

    public bool NeedsClock { get; init; }

    public Load Load { get; init; } = new(Streams: 200, Posters: 9, Listeners: 60);

    /// <summary>Why it can't run on this machine; null when it can.</summary>
    public string? Missing() => (Cables == Cables.None ? null : TestNetwork.Missing()) ?? (NeedsClock ? WallClock.Missing : null);
}
