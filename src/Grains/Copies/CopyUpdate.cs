using Malten.Grains.Commands;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Copies;

/// <summary>What brings a stream's copy up to date: the messages since the last update.</summary>
[GenerateSerializer, Immutable, Alias("malten.copy-update")]
internal sealed record CopyUpdate
{
    /// <summary>The stream's name.</summary>
    [Id(0)]
    public required string Stream { get; init; }

    /// <summary>The activation that writes.</summary>
    [Id(1)]
    public required CopyWriter Writer { get; init; }

    /// <summary>Grows with each thing that the writer's silo sends, so that a silo tells what was overtaken on its way.</summary>
    [Id(7)]
    public long Turn { get; init; }

    /// <summary>When the stream began.</summary>
    [Id(2)]
    public required Timestamp Begun { get; init; }

    /// <summary>The newest timestamp that the copy should have before this update.</summary>
    [Id(3)]
    public required Timestamp Previous { get; init; }

    /// <summary>The messages after <see cref="Previous"/> that the stream holds.</summary>
    [Id(4)]
    public required Frame[] Messages { get; init; }

    /// <summary>Those before them, after <see cref="Previous"/>, that it does not hold: without their text.</summary>
    [Id(8)]
    public EvictedMessage[] Passed { get; init; } = [];

    /// <summary>The time until the stream ends if nothing is posted.</summary>
    [Id(5)]
    public required TimeSpan TimeLeft { get; init; }

    /// <summary>All commands that are being answered, not only new ones.</summary>
    [Id(6)]
    public CommandClaim[] Claims { get; init; } = [];
}
