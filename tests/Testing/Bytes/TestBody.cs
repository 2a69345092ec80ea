using System.IO.Pipelines;

namespace Malten.Testing.Bytes;

/// <summary>The body of a request: holds little, so what has been written of it was read, or nearly.</summary>
public sealed class TestBody
{
    /// <summary>How much it holds that nobody has read.</summary>
    public const int Held = 8 * 1024;

    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: Held, resumeWriterThreshold: Held / 2, useSynchronizationContext: false));
    private long _written;

    public PipeReader Reader => _pipe.Reader;

    /// <summary>How many bytes have been written.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>A body that has come whole.</summary>
    public static PipeReader Of(byte[] bytes) => PipeReader.Create(new MemoryStream(bytes));

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        for (; bytes.Length > 0; bytes = bytes[Math.Min(4096, bytes.Length)..])
        {
            var piece = bytes[..Math.Min(4096, bytes.Length)];
            Interlocked.Add(ref _written, piece.Length);
            await _pipe.Writer.WriteAsync(piece);
        }
    }

    public void End() => _pipe.Writer.Complete();

    /// <summary>The client disconnects before the body is whole.</summary>
    public void Break() => _pipe.Writer.Complete(new IOException("The client has disconnected."));
}
