using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces;

/// <summary>The answer to a subscription.</summary>
[GenerateSerializer, Immutable, Alias("malten.update")]
public sealed record FeedUpdate
{
    /// <summary>
    /// The stream in use, or null: with the messages that the gateway lacks, all of them when it knew another stream.
    /// </summary>
    [Id(0)]
    public StreamSnapshot? Stream { get; init; }

    /// <summary>Pushes go on from this timestamp.</summary>
    [Id(1)]
    public required Timestamp Position { get; init; }

    /// <summary>The cluster has lost the stream that the gateway holds: it should give it back.</summary>
    [Id(2)]
    public bool Wanted { get; init; }
}
