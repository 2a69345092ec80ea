using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces;

/// <summary>What is new in a stream, for its second copy.</summary>
[GenerateSerializer, Immutable, Alias("malten.replica-update")]
public sealed record ReplicaUpdate
{
    /// <summary>The stream's name.</summary>
    [Id(0)]
    public required string Stream { get; init; }

    /// <summary>Who writes.</summary>
    [Id(5)]
    public required CopyWriter Writer { get; init; }

    /// <summary>When it began.</summary>
    [Id(1)]
    public required Timestamp Begun { get; init; }

    /// <summary>The newest timestamp that the copy should have.</summary>
    [Id(2)]
    public required Timestamp Previous { get; init; }

    /// <summary>The messages after it.</summary>
    [Id(3)]
    public required Frame[] Messages { get; init; }

    /// <summary>The time until the stream ends if nothing is posted.</summary>
    [Id(4)]
    public required TimeSpan TimeLeft { get; init; }

    /// <summary>All commands that are being answered.</summary>
    [Id(6)]
    public CommandClaim[] Claims { get; init; } = [];
}
