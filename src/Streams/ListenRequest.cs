namespace Malten.Streams;

/// <summary>What a listener wants to hear.</summary>
public sealed record ListenRequest
{
    /// <summary>1–32 different streams; the order is that of <see cref="Last"/> and of the cursors sent.</summary>
    public required IReadOnlyList<StreamAddress> Streams { get; init; }

    /// <summary>
    /// The last timestamp heard of each stream, or null for what comes from now on. 0 is a stream of which nothing had
    /// been there to hear.
    /// </summary>
    public IReadOnlyList<long>? Last { get; init; }

    /// <summary>Who listens, if he wants to be called something.</summary>
    public UserLabel? User { get; init; }
}
