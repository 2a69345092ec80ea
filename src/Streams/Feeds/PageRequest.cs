using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <summary>A request for a page of the messages that a stream holds.</summary>
/// <param name="Address">The stream.</param>
/// <param name="Limit">How many at most, 1–1024.</param>
/// <param name="Direction">Whether to read towards the newest or the oldest.</param>
/// <param name="Last">
/// The timestamp from which the page goes on in its direction, exclusive; <see cref="Timestamp.None"/> for the newest
/// <paramref name="Limit"/> messages.
/// </param>
/// <param name="MaxBytes">The answer ends with the message with which it reaches so many bytes.</param>
public sealed record PageRequest(
    StreamAddress Address, int Limit = 25, PageDirection Direction = PageDirection.Forward, Timestamp Last = default,
    int MaxBytes = int.MaxValue);

/// <summary>The order of a page.</summary>
public enum PageDirection
{
    /// <summary>Oldest first.</summary>
    Forward = 1,

    /// <summary>Newest first.</summary>
    Backward = -1,
}
