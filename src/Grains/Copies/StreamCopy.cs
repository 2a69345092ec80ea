using Malten.Grains.Commands;
using Malten.Streams.Life;

namespace Malten.Grains.Copies;

/// <summary>The whole of a stream, as it crosses between silos.</summary>
[GenerateSerializer, Immutable, Alias("malten.copy")]
internal sealed record StreamCopy
{
    /// <summary>The stream.</summary>
    [Id(0)]
    public required StreamSnapshot Stream { get; init; }

    /// <summary>The activation that wrote the copy last.</summary>
    [Id(1)]
    public required CopyWriter Writer { get; init; }

    /// <summary>Counts what that activation sends, so that a silo tells what was overtaken on its way.</summary>
    [Id(3)]
    public long Turn { get; init; }

    /// <summary>The commands that are being answered.</summary>
    [Id(2)]
    public CommandClaim[] Claims { get; init; } = [];

    /// <summary>
    /// The copy at a later moment, as long after it was asked for; null when its time has run out by then. Counted from the
    /// question, since nobody knows how long the answer was on its way.
    /// </summary>
    public StreamCopy? After(TimeSpan time) => Stream.TimeLeft > time ? this with { Stream = Stream with { TimeLeft = Stream.TimeLeft - time } } : null;
}
