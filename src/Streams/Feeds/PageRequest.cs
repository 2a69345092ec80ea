using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <summary>Which of the held messages to read.</summary>
/// <param name="Address">The stream.</param>
/// <param name="Limit">How many at most, 1–1024.</param>
/// <param name="Direction">Towards the newest, or back.</param>
/// <param name="Last">The timestamp from which to go on, exclusive; none for the newest <paramref name="Limit"/>.</param>
public sealed record PageRequest(
    StreamAddress Address, int Limit = 25, PageDirection Direction = PageDirection.Forward, Timestamp Last = default);

/// <summary>The order of a page.</summary>
public enum PageDirection
{
    /// <summary>Oldest first.</summary>
    Forward = 1,

    /// <summary>Newest first.</summary>
    Backward = -1,
}
