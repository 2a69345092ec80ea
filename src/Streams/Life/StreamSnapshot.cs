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

    /// <summary>The timestamp of the last of <see cref="Messages"/>; without messages, the step just below <see cref="Begun"/>.</summary>
    public Timestamp Last => Messages.Count == 0 ? Begun.Previous : Messages[^1].Timestamp;

    /// <summary>
    /// The same stream with messages at its end that nobody has seen yet. Those beyond what it holds are evicted, so that of
    /// a stream that holds none no text goes anywhere.
    /// </summary>
    public StreamSnapshot With(IReadOnlyList<Frame> staged)
    {
        Frame[] all = [.. Messages, .. staged];
        var evicted = all[..Math.Max(0, all.Length - Settings.Keep.Messages)];
        return this with
        {
            Messages = all[evicted.Length..],
            Evicted = evicted.Length == 0 ? Evicted : Timestamp.Max(Evicted, evicted[^1].Timestamp),
            EvictedLately = [.. EvictedLately, .. evicted.Select(message => new EvictedMessage(message.Id, message.Timestamp))],
        };
    }

    /// <summary>The timestamp of the newest message that the stream has had, held or not; at least <see cref="Last"/>.</summary>
    public Timestamp Newest => Timestamp.Max(Last, Evicted);
}
