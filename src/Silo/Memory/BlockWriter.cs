using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;

namespace Malten.Silo.Memory;

/// <summary>
/// Writes to a connection in blocks of its pool alone. A pipe takes what is larger from <see cref="ArrayPool{T}.Shared"/> and gives
/// it back as it is, and the connection goes on pointing to it, so that it would never be garbage: here it is written to an array
/// that is overwritten once its content has been copied to blocks.
/// </summary>
/// <remarks>dotnet/runtime, <c>Pipe.RentMemory</c>; dotnet/orleans, <c>SocketSender</c>.</remarks>
/// <param name="inner">Writes to the connection.</param>
/// <param name="block">How long its blocks are.</param>
internal sealed class BlockWriter(PipeWriter inner, int block) : PipeWriter
{
    private byte[]? _large; // what is written next, where that is larger than a block

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => sizeHint <= block ? Small().GetMemory(sizeHint) : Large(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => sizeHint <= block ? Small().GetSpan(sizeHint) : Large(sizeHint);

    public override void Advance(int bytes)
    {
        if (_large is not { } large)
        {
            inner.Advance(bytes);
            return;
        }

        _large = null;
        for (var rest = large.AsSpan(0, bytes); rest.Length > 0;)
        {
            var room = inner.GetSpan(1);
            var count = Math.Min(room.Length, rest.Length);
            rest[..count].CopyTo(room);
            inner.Advance(count);
            rest = rest[count..];
        }

        CryptographicOperations.ZeroMemory(large.AsSpan(0, bytes));
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private PipeWriter Small()
    {
        _large = null;
        return inner;
    }

    private byte[] Large(int size) => _large = new byte[size];
}
