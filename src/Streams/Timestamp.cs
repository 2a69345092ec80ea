namespace Malten.Streams;

/// <summary>
/// Timestamps of messages: Unix nanoseconds, strictly increasing within a stream and always a multiple of 1024, so that a
/// JavaScript number holds each exactly (2^53 × 1024 ns reaches the year 2262).
/// </summary>
public static class Timestamp
{
    /// <summary>The step between two timestamps that follow each other at once, in nanoseconds.</summary>
    public const long Step = 1024;

    private const long NanosecondsPerTick = 100;

    /// <summary>The present moment, rounded down to a step.</summary>
    public static long Now(TimeProvider time) =>
        (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick / Step * Step;

    /// <summary>The present moment, or the step after <paramref name="previous"/> when the clock has not passed it.</summary>
    public static long After(long previous, TimeProvider time) => Math.Max(Now(time), previous + Step);
}
