namespace Malten.Membership;

/// <summary>How long things may take, and how large the value may be.</summary>
public sealed record RegisterOptions
{
    /// <summary>After this, a call ends without a majority. 3 s unless set.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long one seed has for one answer, connecting included. 500 ms unless set.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait before the second attempt of a call; it doubles with each. 10 ms unless set.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest wait between two attempts of a call. 250 ms unless set.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a seed without memory asks the others. 100 ms unless set.</summary>
    public TimeSpan RecoveryInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a seed looks whether its generation still lives. 1 s unless set.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The largest value in bytes. 1 MiB unless set.</summary>
    public int MaxValueBytes { get; init; } = 1024 * 1024;
}
