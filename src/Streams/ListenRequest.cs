using Malten.Streams.Values;

namespace Malten.Streams;

/// <summary>What a listener wants to hear.</summary>
public sealed record ListenRequest
{
    /// <summary>1–32 different streams; the order is that of <see cref="Last"/> and of the cursors sent.</summary>
    public required IReadOnlyList<StreamAddress> Streams { get; init; }

    /// <summary>
    /// The last timestamp heard of each stream, or null for what comes from now on. None stands for a stream in which nothing
    /// had been there to hear.
    /// </summary>
    public IReadOnlyList<Timestamp>? Last { get; init; }

    /// <summary>The label of whoever listens, if they gave one.</summary>
    public UserLabel? User { get; init; }
}
