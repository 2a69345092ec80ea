namespace Malten.Membership.Tests.Simulation;

/// <summary>The faults of one history, drawn from its number.</summary>
/// <param name="Lost">The share of messages that are lost.</param>
/// <param name="Repeated">The share of messages that arrive twice.</param>
/// <param name="Slow">The share of messages that are delayed.</param>
/// <param name="Slowest">The longest delay.</param>
/// <param name="Crashes">The probability that a strike crashes a host.</param>
/// <param name="Betrayals">
/// The probability that a seed crashes just after it accepted an entry, or made a promise that no other seed made.
/// </param>
/// <param name="Partitions">The probability that a strike partitions or heals the network.</param>
/// <param name="Clogs">
/// The probability that a strike delays messages from a host that is no seed to some seeds, or ends all such delays.
/// </param>
/// <param name="Spares">Whether a seed crashes only while all seeds take part, so that no generation is lost.</param>
/// <param name="Pace">The longest time between two strikes, and roughly the time between two calls of one host.</param>
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
    /// Short incarnations: a seed that has just promised crashes and recovers before other seeds receive the same
    /// request.
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
