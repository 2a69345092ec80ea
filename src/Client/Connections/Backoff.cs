namespace Malten.Client.Connections;

/// <summary>
/// How long to wait before the next attempt: twice as long after each failure, and never less than was asked for. Only a healthy
/// minute starts it again from the beginning, so a node that takes connections and drops them at once is not hammered.
/// </summary>
internal sealed class Backoff(TimeSpan longest)
{
    /// <summary>The shortest wait.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    /// <summary>A wait is up to this much longer than it needs to be, so that clients which failed together come back one by one.</summary>
    public const double Jitter = 0.25;

    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(1);
    private int _failures;

    /// <summary>Whether all has gone well for so long that failures of before count no more.</summary>
    public static bool IsHealthy(TimeSpan lasted) => lasted >= Healthy;

    /// <summary>Counts a failure, and says how long to wait after it.</summary>
    /// <param name="asked">The least wait, which doubles.</param>
    public TimeSpan Next(TimeSpan asked)
    {
        Fail();
        return Wait(asked);
    }

    /// <summary>Counts a failure.</summary>
    public void Fail() => _failures = Math.Min(_failures + 1, 30);

    /// <summary>How long to wait now; as long as was asked for where nothing has failed.</summary>
    /// <param name="asked">The least wait, which doubles.</param>
    public TimeSpan Wait(TimeSpan asked)
    {
        var least = asked > Shortest ? asked : Shortest;
        var wait = Math.Max(least.Ticks, Math.Min(least.Ticks * Math.Pow(2, Math.Max(0, _failures - 1)), longest.Ticks));
        return TimeSpan.FromTicks((long)(wait * (1 + Random.Shared.NextDouble() * Jitter)));
    }
}
