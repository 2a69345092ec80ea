using Malten.Streams.Values;

namespace Malten.Streams;

/// <summary>A request to listen.</summary>
public sealed record ListenRequest
{
    /// <summary>1–32 different streams; the order is that of <see cref="Last"/> and of the cursors sent.</summary>
    public required IReadOnlyList<StreamAddress> Streams { get; init; }

    /// <summary>
    /// The last timestamp heard of each stream, or null to hear only what comes from now on.
    /// <see cref="Timestamp.None"/> stands for a stream of which nothing has been heard yet.
    /// </summary>
    public IReadOnlyList<Timestamp>? Last { get; init; }

    /// <summary>Whoever listens.</summary>
    public ClientKey Client { get; init; }

    /// <summary>How many bytes the request itself takes while its listener is open, beyond what any listener takes.</summary>
    public long RequestBytes { get; init; }

    /// <summary>The label of the listening user, if one was given.</summary>
    public UserLabel? User { get; init; }
}
