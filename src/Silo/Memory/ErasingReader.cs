using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Malten.Silo.Memory;

/// <summary>
/// Reads a connection, and overwrites what has been consumed: the block to which the connection writes next is not given back to
/// its pool, with all that was in it before.
/// </summary>
/// <param name="inner">Reads the connection; its buffers are writable, as those of a pool are.</param>
/// <param name="consumed">Called when something has been consumed.</param>
internal sealed class ErasingReader(PipeReader inner, Action consumed) : PipeReader
{
    private ReadOnlySequence<byte> _read;

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result)) return false;
        _read = result.Buffer;
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await inner.ReadAsync(cancellationToken);
        _read = result.Buffer;
        return result;
    }

    public override void AdvanceTo(SequencePosition to) => AdvanceTo(to, to);

    public override void AdvanceTo(SequencePosition to, SequencePosition examined)
    {
        if (!to.Equals(_read.Start)) consumed();
        foreach (var segment in _read.Slice(_read.Start, to)) MemoryMarshal.AsMemory(segment).Span.Clear();
        _read = default;
        inner.AdvanceTo(to, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
}
