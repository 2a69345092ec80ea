using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <summary>A stream as one node hands it to another.</summary>
/// <param name="Settings">The settings with which it began.</param>
/// <param name="Seats">The secrets of a pipe; null for any other stream.</param>
/// <param name="Begun">When the stream began.</param>
/// <param name="Evicted">The timestamp of the newest message that was evicted, or <see cref="Timestamp.None"/>.</param>
/// <param name="TimeLeft">The time until it ends if nothing is posted.</param>
/// <param name="Messages">The messages held, oldest first.</param>
public sealed record StreamSnapshot(
    StreamSettings Settings, Seats? Seats, Timestamp Begun, Timestamp Evicted, TimeSpan TimeLeft, IReadOnlyList<Frame> Messages)
{
    /// <summary>Messages that it evicted lately, of which a repeated post must not be stored again.</summary>
    public IReadOnlyList<EvictedMessage> EvictedLately { get; init; } = [];

    /// <summary>The id of the request that began it; empty when a message did.</summary>
    public Guid BegunBy { get; init; }

    /// <summary>The timestamp of the newest message; without messages, the step just below <see cref="Begun"/>.</summary>
    public Timestamp Newest => Messages.Count == 0 ? Begun.Previous : Messages[^1].Timestamp;
}
