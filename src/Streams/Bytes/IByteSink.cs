using System.Buffers;

namespace Malten.Streams.Bytes;

/// <summary>The connection of a receiver.</summary>
public interface IByteSink
{
    /// <summary>Where the next bytes are written.</summary>
    IBufferWriter<byte> Output { get; }

    /// <summary>
    /// Sends what was written, and returns once the connection has taken most of it. False when the connection is closed, or
    /// has taken nothing for too long.
    /// </summary>
    ValueTask<bool> FlushAsync();
}
