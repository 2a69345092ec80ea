namespace Malten.Cluster.Tests.Simulation;

/// <summary>The faults of one history, drawn from its number.</summary>
internal sealed record Faults
{
    /// <summary>The silos at the start.</summary>
    public int Silos { get; init; } = 3;

    /// <summary>How many silos hold each stream.</summary>
    public int Copies { get; init; } = 2;

    /// <summary>The share of messages that are lost.</summary>
    public double Lost { get; init; }

    /// <summary>The share of messages that are slow.</summary>
    public double Slow { get; init; }

    /// <summary>The longest time that a slow message takes.</summary>
    public TimeSpan Slowest { get; init; }

    /// <summary>The longest time after which a silo hears of a change of the membership table.</summary>
    public TimeSpan Gossip { get; init; }

    /// <summary>The longest time after which a silo that was declared dead hears of that, once it reaches the table.</summary>
    public TimeSpan Refresh { get; init; }

    /// <summary>The longest time between two strikes.</summary>
    public TimeSpan Pace { get; init; }

    /// <summary>The longest time until a silo that has ended or is silent is declared dead.</summary>
    public TimeSpan Detection { get; init; }

    /// <summary>Whether hosts refuse connections to the port of a process that has ended.</summary>
    public bool HostsRefuse { get; init; }

    /// <summary>Whether wall clocks are wrong, and jump.</summary>
    public bool ClocksJump { get; init; }

    /// <summary>Whether the grain directory forgets entries.</summary>
    public bool Forgets { get; init; }

    /// <summary>No faults.</summary>
    public static Faults None { get; } = new()
    {
        Gossip = TimeSpan.FromMilliseconds(50), Refresh = TimeSpan.FromMilliseconds(50), Detection = TimeSpan.FromSeconds(1), HostsRefuse = true,
    };

    public static Faults Draw(Random random) => new()
    {
        Silos = random.Next(3, 6),
        Copies = random.Next(4) == 0 ? 3 : 2,
        Lost = Pick(random, 0, 0, 0.02, 0.1),
        Slow = Pick(random, 0, 0.02, 0.1, 0.3),
        Slowest = TimeSpan.FromSeconds(Pick(random, 0.05, 0.4, 3)),
        Gossip = TimeSpan.FromSeconds(Pick(random, 0.01, 0.1, 1)),
        Refresh = TimeSpan.FromSeconds(Pick(random, 0.1, 1, 5)),
        Pace = TimeSpan.FromSeconds(Pick(random, 0.2, 0.6, 1.5)),
        Detection = TimeSpan.FromSeconds(Pick(random, 0.3, 1, 3)),
        HostsRefuse = random.Next(2) == 0,
        ClocksJump = random.Next(2) == 0,
        Forgets = random.Next(4) == 0,
    };

    private static double Pick(Random random, params ReadOnlySpan<double> values) => values[random.Next(values.Length)];
}
