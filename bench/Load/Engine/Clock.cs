using System.Diagnostics;

namespace Malten.Bench.Load.Engine;

/// <summary>A monotonic clock in nanoseconds since the program began.</summary>
internal static class Clock
{
    private static readonly long Start = Stopwatch.GetTimestamp();
    private static readonly double Nanoseconds = 1e9 / Stopwatch.Frequency;

    public static long Now => (long)((Stopwatch.GetTimestamp() - Start) * Nanoseconds);
}
