using Malten.Grains.Commands;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Copies;

/// <summary>
/// A stream as it crosses between silos. One with much text crosses in pieces, so that a call stays short on a slow link
/// and other calls come in between; a silo counts it as held when it has the last piece.
/// </summary>
[GenerateSerializer, Immutable, Alias("malten.copy")]
internal sealed record StreamCopy
{
    /// <summary>How much text a piece has at most: a tenth of a second on a link of 10 Mbit/s.</summary>
    public const int PieceBytes = 128 * 1024;

    /// <summary>The stream, with the messages of this piece.</summary>
    [Id(0)]
    public required StreamSnapshot Stream { get; init; }

    /// <summary>The activation that wrote the copy last.</summary>
    [Id(1)]
    public required CopyWriter Writer { get; init; }

    /// <summary>Grows with each thing that the writer's silo sends, so that a silo tells what was overtaken on its way.</summary>
    [Id(3)]
    public long Turn { get; init; }

    /// <summary>The commands that are being answered.</summary>
    [Id(2)]
    public CommandClaim[] Claims { get; init; } = [];

    /// <summary>The last message of the piece before this one; <see cref="Timestamp.None"/> for the first piece.</summary>
    [Id(4)]
    public Timestamp Previous { get; init; }

    /// <summary>Whether another piece follows.</summary>
    [Id(5)]
    public bool HasMore { get; init; }

    /// <summary>Whether this is the first piece.</summary>
    public bool IsFirst => Previous.IsNone;

    /// <summary>The piece of this copy that follows <paramref name="after"/>.</summary>
    public StreamCopy PieceAfter(Timestamp after)
    {
        var (messages, bytes) = (new List<Frame>(), 0);
        var hasMore = false;
        foreach (var message in Stream.Messages.SkipWhile(message => message.Timestamp <= after))
        {
            hasMore = messages.Count > 0 && bytes + message.Bytes.Length > PieceBytes;
            if (hasMore) break;
            messages.Add(message);
            bytes += message.Bytes.Length;
        }

        // The last piece tells it again, with what had to give way at its holder while the pieces were read.
        var stream = Stream with { Messages = messages, EvictedLately = after.IsNone || !hasMore ? Stream.EvictedLately : [] };
        return this with { Stream = stream, Previous = after, HasMore = hasMore };
    }

    /// <summary>This part of a copy with the piece that follows it.</summary>
    public StreamCopy With(StreamCopy next) => this with
    {
        Stream = Stream with
        {
            Messages = [.. Stream.Messages, .. next.Stream.Messages],
            Evicted = Timestamp.Max(Stream.Evicted, next.Stream.Evicted),
            EvictedLately = [.. Stream.EvictedLately.Union(next.Stream.EvictedLately)],
        },
        HasMore = next.HasMore,
    };

    /// <summary>
    /// The copy at a later moment, as long after it was asked for; null when its time has run out by then. Counted from the
    /// question, since nobody knows how long the answer was on its way.
    /// </summary>
    public StreamCopy? After(TimeSpan time) => Stream.TimeLeft > time ? this with { Stream = Stream with { TimeLeft = Stream.TimeLeft - time } } : null;
}
