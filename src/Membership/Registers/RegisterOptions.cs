namespace Malten.Membership.Registers;

/// <summary>Timeouts of calls to the register, and the size limit of its value.</summary>
public sealed record RegisterOptions
{
    /// <summary>A call that has not reached a majority by then fails. Default: 3 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long one seed has to answer one request, including the time to connect. Default: 500 ms.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The upper bound of the random wait before the second attempt of a call; it doubles with each further attempt.
    /// Default: 10 ms.
    /// </summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The longest wait between two attempts of a call. Default: 250 ms.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The largest value in bytes. Default: 1 MiB.</summary>
    public int MaxValueBytes { get; init; } = 1024 * 1024;
}
