using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces;

/// <summary>
/// What has come in a stream, on its way to a gateway. One-way messages may be lost: the gateway sees by
/// <see cref="Previous"/> that one is missing, and asks.
/// </summary>
[GenerateSerializer, Immutable, Alias("malten.push")]
public sealed record FeedPush
{
    /// <summary>The stream's name.</summary>
    [Id(0)]
    public required string Stream { get; init; }

    /// <summary>When the stream in use began, after all of the frames; none when no stream is.</summary>
    [Id(1)]
    public required Timestamp Begun { get; init; }

    /// <summary>That stream, without its messages, when it is another than with the push before; otherwise null.</summary>
    [Id(6)]
    public StreamSnapshot? Began { get; init; }

    /// <summary>The timestamp of the last message before the frames.</summary>
    [Id(2)]
    public required Timestamp Previous { get; init; }

    /// <summary>Messages and other events, in their order.</summary>
    [Id(3)]
    public required Frame[] Frames { get; init; }

    /// <summary>The time until the stream ends if nothing is posted.</summary>
    [Id(4)]
    public required TimeSpan TimeLeft { get; init; }

    /// <summary>It was a pipe, and has ended.</summary>
    [Id(5)]
    public required bool IsClosed { get; init; }
}
