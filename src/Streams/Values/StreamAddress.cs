namespace Malten.Streams.Values;

/// <summary>A stream as a request names it.</summary>
/// <param name="Name">The stream's name.</param>
/// <param name="Seat">The secret of one of the two seats, where the stream is a pipe; otherwise null.</param>
public readonly record struct StreamAddress(StreamName Name, string? Seat = null)
{
    /// <summary>A stream that is not a pipe.</summary>
    public static implicit operator StreamAddress(StreamName name) => new(name);

    /// <inheritdoc/>
    public override string ToString() => "(stream)"; // neither name nor seat may reach a log by interpolation
}
