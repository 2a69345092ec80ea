namespace Malten.Membership.Tests.Simulation;

/// <summary>What one history suffers, drawn from its seed.</summary>
/// <param name="Lost">The share of messages that never arrive.</param>
/// <param name="Repeated">The share that arrive twice.</param>
/// <param name="Slow">The share that are late.</param>
/// <param name="Slowest">How late at most.</param>
/// <param name="Crashes">How likely a blow is a crash.</param>
/// <param name="Betrayals">How likely a seed crashes just after it promised what no other has, or accepted.</param>
/// <param name="Partitions">How likely a blow cuts or heals the network.</param>
/// <param name="Clogs">How likely a blow makes a host that is no seed slow to reach some seeds, or all fast again.</param>
/// <param name="Spares">Whether a seed is only struck while all take part, so that nothing is ever lost with it.</param>
/// <param name="Pace">The longest time between two blows, and about that between two calls of one host.</param>
public sealed record Faults(
    double Lost,
    double Repeated,
    double Slow,
    TimeSpan Slowest,
    double Crashes,
    double Betrayals,
    double Partitions,
    double Clogs,
    bool Spares,
    TimeSpan Pace)
{
    /// <summary>
    /// Swift lives: a seed that has just promised dies and recovers, while others have not heard yet of what it promised.
    /// </summary>
    public static Faults Swift { get; } = new(
        Lost: 0, Repeated: 0, Slow: 0.02, Slowest: TimeSpan.FromSeconds(0.3), Crashes: 0, Betrayals: 0.5, Partitions: 0,
        Clogs: 1, Spares: true, Pace: TimeSpan.FromSeconds(0.1));

    public static Faults Draw(Random random) => random.Next(3) == 0 ? Swift : new(
        Lost: Pick(random, 0, 0.02, 0.1, 0.25),
        Repeated: Pick(random, 0, 0.05, 0.2),
        Slow: Pick(random, 0, 0.02, 0.1, 0.4),
        Slowest: TimeSpan.FromSeconds(Pick(random, 0.1, 0.4, 0.4, 4)),
        Crashes: Pick(random, 0, 0.1, 0.5, 1),
        Betrayals: Pick(random, 0, 0, 0.1, 0.3),
        Partitions: Pick(random, 0, 0, 0.1, 0.4),
        Clogs: Pick(random, 0, 0.3, 1),
        Spares: random.Next(2) == 0,
        Pace: TimeSpan.FromSeconds(Pick(random, 0.1, 0.3, 1)));

    private static double Pick(Random random, params ReadOnlySpan<double> values) => values[random.Next(values.Length)];
}
