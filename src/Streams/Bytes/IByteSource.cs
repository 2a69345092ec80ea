using System.Buffers;

namespace Malten.Streams.Bytes;

/// <summary>The body of one sender, which may be on another node. For one reader at a time.</summary>
public interface IByteSource
{
    /// <summary>
    /// Waits for more of the body and copies at most <see cref="ByteLimits.PieceBytes"/> of it. Returns none after a second
    /// without any, or when it was cancelled.
    /// </summary>
    /// <param name="into">Where the bytes go.</param>
    /// <param name="taken">How many bytes of this body the receiver's connection has taken so far.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<BytesRead> ReadToAsync(IBufferWriter<byte> into, long taken, CancellationToken cancellationToken);

    /// <summary>
    /// Tells the sender that nothing more will be read. Returns whether the sender takes it so: not where it could not be told,
    /// or had given up before. What the two then say of the body differs, so the receiver must be cut off.
    /// </summary>
    /// <param name="taken">How many bytes of this body the receiver's connection has taken.</param>
    /// <param name="isWhole">Whether that is all of it.</param>
    ValueTask<bool> FinishAsync(long taken, bool isWhole);
}

/// <summary>What came of reading a body.</summary>
/// <param name="Count">How many bytes were copied.</param>
/// <param name="IsEnd">Whether these were the last.</param>
/// <param name="IsCut">Whether no more will come although the body is not whole: its sender has gone.</param>
public readonly record struct BytesRead(int Count, bool IsEnd = false, bool IsCut = false)
{
    /// <summary>The sender has gone.</summary>
    public static BytesRead Cut => new(0, IsCut: true);
}
