namespace Malten.Streams.Values;

/// <summary>How long a stream lives after its last message: 1–86,400 seconds, 1024 by default.</summary>
public readonly record struct TimeToLive
{
    private const int DefaultSeconds = 1024;
    private const int LongestSeconds = 86_400;
    private readonly int _beyondDefault;

    private TimeToLive(int seconds) => _beyondDefault = seconds - DefaultSeconds;

    /// <summary>1024 seconds.</summary>
    public static TimeToLive Default => default;

    /// <summary>The time in seconds.</summary>
    public int Seconds => DefaultSeconds + _beyondDefault;

    /// <summary>The time as a span.</summary>
    public TimeSpan Span => TimeSpan.FromSeconds(Seconds);

    /// <summary>Reads a time to live.</summary>
    /// <exception cref="StreamRefusedException">It is outside 1–86,400 seconds.</exception>
    public static TimeToLive FromSeconds(long seconds) => seconds is >= 1 and <= LongestSeconds
        ? new TimeToLive((int)seconds)
        : throw StreamRefusedException.BadValue("ttl", $"'ttl' is a number of seconds from 1 to {LongestSeconds}.");
}
