using Malten.Streams.Values;

namespace Malten.Streams.Bytes;

/// <summary>
/// A channel of a pipe as a request names it. Each channel has two directions: what one seat sends on it, the other receives.
/// </summary>
/// <param name="Pipe">The pipe, and the seat of whoever sends or receives.</param>
/// <param name="Number">Which of the <see cref="ByteLimits.Channels"/> it is, from 0.</param>
public readonly record struct ByteChannel(StreamAddress Pipe, int Number)
{
    /// <summary>Whoever sends or receives.</summary>
    public ClientKey Client { get; init; }

    /// <summary>How many bytes the request itself takes meanwhile, beyond what any takes.</summary>
    public long RequestBytes { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(channel)"; // neither name nor seat may reach a log by interpolation
}
