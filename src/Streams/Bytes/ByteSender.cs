using System.Buffers;
using System.IO.Pipelines;
using Malten.Streams.Values;

namespace Malten.Streams.Bytes;

/// <summary>
/// The body of a request, read piece by piece by its receiver and never ahead of it. Its reader may be another request's, so
/// whoever owns the body must dispose of this before letting go of it: afterwards nothing touches the body.
/// </summary>
/// <remarks>
/// A read is ended by <see cref="PipeReader.CancelPendingRead"/> and not by a token, after which Kestrel could not skip the rest.
/// </remarks>
public sealed class ByteSender(PipeReader body, TimeProvider time) : IByteSource, IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<bool> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _reading; // completes with the read that is under way
    private bool _isClosed;
    private bool _isEnd;
    private long _taken;
    private long? _silentSince;
    private ITimer? _pause; // created on demand: most bodies come faster than they are taken

    /// <summary>How many bytes the receiver's connection has taken, as far as is known here.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>
    /// Completes when nothing more will be read: with true when the receiver's connection has taken the whole body, with false
    /// when the receiver has gone. Fails when the body can't be read.
    /// </summary>
    public Task<bool> Completion => _completion.Task;

    /// <inheritdoc/>
    public async ValueTask<BytesRead> ReadToAsync(IBufferWriter<byte> into, long taken, CancellationToken cancellationToken)
    {
        Report(taken);
        if (!TryEnter()) return BytesRead.Cut;
        try
        {
            return await FillAsync(into, cancellationToken);
        }
        catch (Exception failure) // of any kind: it is the sender's, who hears of it
        {
            lock (_gate) _isClosed = true;
            _completion.TrySetException(failure);
            return BytesRead.Cut;
        }
        finally
        {
            Leave();
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> FinishAsync(long taken, bool isWhole)
    {
        Report(taken);
        _completion.TrySetResult(isWhole);
        return ValueTask.FromResult(_completion.Task is { IsCompletedSuccessfully: true, Result: var known } && known == isWhole);
    }

    /// <summary>Notes how many bytes the receiver's connection has taken, unless more are known.</summary>
    public void Report(long taken)
    {
        lock (_gate) Volatile.Write(ref _taken, Math.Max(_taken, taken));
    }

    /// <summary>The receiver can't be reached any more.</summary>
    public void Lose() => _completion.TrySetResult(false);

    /// <summary>Ends a read that is under way, and waits for that; there will be no other.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? reading;
        lock (_gate)
        {
            _isClosed = true;
            reading = _reading?.Task;
        }

        if (reading is not null)
        {
            PipeReads.End(body);
            await reading;
        }

        _pause?.Dispose();
        Lose();
        _ = _completion.Task.Exception; // observed even if nobody waits any more
    }

    private bool TryEnter()
    {
        lock (_gate)
        {
            if (_isClosed || _reading is not null) return false;
            _reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return true;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            _reading!.SetResult();
            _reading = null;
        }
    }

    /// <summary>Copies what has come, and what comes while that is copied.</summary>
    private async ValueTask<BytesRead> FillAsync(IBufferWriter<byte> into, CancellationToken cancellationToken)
    {
        var result = _isEnd ? default : await ReadAsync(cancellationToken);
        var count = _isEnd ? 0 : Copy(result, into, ByteLimits.PieceBytes);
        while (!_isEnd && count is > 0 and < ByteLimits.PieceBytes && body.TryRead(out result))
            count += Copy(result, into, ByteLimits.PieceBytes - count);
        if (count > 0 || _isEnd) _silentSince = null;
        else if (time.GetElapsedTime(_silentSince ??= time.GetTimestamp()) >= ByteLimits.Silence) throw TooSlow();
        return new BytesRead(count, _isEnd);
    }

    private async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        var read = body.ReadAsync(CancellationToken.None);
        if (read.IsCompleted) return await read;
        _silentSince ??= time.GetTimestamp();
        _pause ??= time.CreateTimer(static body => PipeReads.End((PipeReader)body!), body, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _pause.Change(Pause, Timeout.InfiniteTimeSpan);
        using var given = cancellationToken.UnsafeRegister(static body => PipeReads.End((PipeReader)body!), body);
        try
        {
            return await read;
        }
        finally
        {
            _pause.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private int Copy(ReadResult result, IBufferWriter<byte> into, int most)
    {
        var isAll = result.Buffer.Length <= most;
        var piece = isAll ? result.Buffer : result.Buffer.Slice(0, most);
        var count = (int)piece.Length; // not to be asked for once the reader has advanced
        foreach (var segment in piece) into.Write(segment.Span);
        body.AdvanceTo(piece.End);
        _isEnd = isAll && result.IsCompleted;
        return count;
    }

    private static StreamRefusedException TooSlow() => new(Refusal.TooSlow,
        $"The body has brought nothing for {ByteLimits.Silence.TotalSeconds:0} seconds; send in pieces, with 'more', where there are pauses.");
}
