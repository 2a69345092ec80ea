namespace Malten.Membership.Tests.Simulation;

/// <summary>What one history suffers, drawn from its seed.</summary>
public sealed record Faults(double Lost, double Repeated, double Slow, TimeSpan Slowest, double Crashes, double Partitions)
{
    public static Faults Draw(Random random) => new(
        Lost: Pick(random, 0, 0.02, 0.1, 0.25),
        Repeated: Pick(random, 0, 0.05, 0.2),
        Slow: Pick(random, 0, 0.02, 0.1),
        Slowest: TimeSpan.FromSeconds(Pick(random, 0.2, 1, 4)),
        Crashes: Pick(random, 0, 0.05, 0.2, 0.5),
        Partitions: Pick(random, 0, 0.1, 0.4));

    private static double Pick(Random random, params ReadOnlySpan<double> values) => values[random.Next(values.Length)];
}
