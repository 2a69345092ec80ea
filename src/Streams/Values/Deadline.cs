using System.Globalization;

namespace Malten.Streams.Values;

/// <summary>
/// A moment on the monotonic clock of this process (<see cref="TimeProvider.GetTimestamp"/>): it does not jump when the
/// host's wall clock is set. It means nothing to another process: send the <see cref="TimeLeft"/> instead.
/// </summary>
public readonly record struct Deadline : IComparable<Deadline>
{
    private readonly long _ticks;

    private Deadline(long ticks) => _ticks = ticks;

    /// <summary>No moment at all.</summary>
    public static Deadline None => default;

    /// <summary>Whether this is <see cref="None"/>.</summary>
    public bool IsNone => _ticks == 0;

    /// <summary>The moment after a span from now.</summary>
    public static Deadline In(TimeSpan span, TimeProvider time) =>
        new(time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency));

    /// <summary>The time until the deadline; zero or negative once it has passed.</summary>
    public TimeSpan TimeLeft(TimeProvider time) => time.GetElapsedTime(time.GetTimestamp(), _ticks);

    /// <summary>
    /// For how long to set a timer that should fire at the deadline, or at once where it has passed: never negative. Timers truncate to
    /// whole milliseconds, so there is one more: otherwise they would fire just before it.
    /// </summary>
    public TimeSpan DueIn(TimeProvider time) =>
        TimeSpan.FromMilliseconds(Math.Max(0, Math.Floor(TimeLeft(time).TotalMilliseconds) + 1));

    /// <summary>Whether it has passed.</summary>
    public bool HasPassed(TimeProvider time) => _ticks <= time.GetTimestamp();

    /// <summary>The time from an earlier deadline to this one.</summary>
    public TimeSpan Since(Deadline earlier, TimeProvider time) => time.GetElapsedTime(earlier._ticks, _ticks);

    /// <inheritdoc/>
    public int CompareTo(Deadline other) => _ticks.CompareTo(other._ticks);

    /// <summary>The reading of the clock, which only this process can make sense of.</summary>
    public override string ToString() => _ticks.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether one is later than the other.</summary>
    public static bool operator >(Deadline one, Deadline other) => one._ticks > other._ticks;

    /// <summary>Whether one is earlier than the other.</summary>
    public static bool operator <(Deadline one, Deadline other) => one._ticks < other._ticks;

    /// <summary>Whether one is later than the other or the same.</summary>
    public static bool operator >=(Deadline one, Deadline other) => one._ticks >= other._ticks;

    /// <summary>Whether one is earlier than the other or the same.</summary>
    public static bool operator <=(Deadline one, Deadline other) => one._ticks <= other._ticks;
}
