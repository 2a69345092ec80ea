using System.Buffers;
using Malten.Grains.Interfaces.Bytes;
using Malten.Streams.Bytes;

namespace Malten.Grains.Bytes;

/// <summary>A body that a client sends here, and another gateway asks for piece by piece. Thread-safe.</summary>
internal sealed class PulledBody(ByteSender sender)
{
    /// <summary>
    /// How many pieces are asked for at a time. These 72 KiB, and what Kestrel holds of the two connections (up to 104 KiB of a
    /// chunked body over TLS, and 64 KiB of an answer), are less than the 256 KB that the wire contract allows.
    /// </summary>
    public const int Window = 3;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, TaskCompletionSource> _waiting = [];
    private readonly Queue<BytePiece> _sent = new();
    private long _next;
    private bool _isAskedFor;
    private bool _isOver;

    /// <summary>Tells it from others: a body that is offered again, to another receiver, is another one.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    public ByteSender Sender => sender;

    /// <summary>Whether the receiver's connection has taken all of it.</summary>
    public bool IsWhole => sender.Completion is { IsCompletedSuccessfully: true, Result: true };

    /// <summary>Answers the calls in their order, whatever order they came in.</summary>
    public async Task<BytePiece> PullAsync(long number, long taken)
    {
        sender.Report(taken); // now, since its turn may come seconds later, and the receiver be gone by then
        if (!await EnterAsync(number)) return BytePiece.Cut;
        try
        {
            ClearOldest();
            var buffer = new PieceBuffer();
            return Keep(buffer.Take(await sender.ReadToAsync(buffer, taken, CancellationToken.None)));
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>
    /// Answers nothing more; true when something was asked for before. Where not all that was sent <paramref name="hasCome"/>, an
    /// array may still be on its way.
    /// </summary>
    public bool End(bool hasCome)
    {
        List<TaskCompletionSource> waiting;
        List<BytePiece> sent;
        bool isAskedFor;
        lock (_gate)
        {
            (_isOver, isAskedFor) = (true, _isAskedFor);
            (waiting, sent) = ([.. _waiting.Values], [.. _sent]);
            _waiting.Clear();
            _sent.Clear();
        }

        foreach (var one in waiting) one.TrySetResult();
        foreach (var piece in sent) piece.Clear(hasCome);
        return isAskedFor;
    }

    /// <summary>The receiver asks again when it has a piece: then nobody needs the array any more that brought it.</summary>
    private void ClearOldest()
    {
        BytePiece? oldest = null;
        lock (_gate)
            if (_sent.Count >= Window)
                oldest = _sent.Dequeue();
        oldest?.Clear(isUnused: true);
    }

    private BytePiece Keep(BytePiece piece)
    {
        lock (_gate)
        {
            if (!_isOver)
            {
                _sent.Enqueue(piece);
                return piece;
            }
        }

        piece.Clear(isUnused: true);
        return BytePiece.Cut;
    }

    private async ValueTask<bool> EnterAsync(long number)
    {
        TaskCompletionSource turn;
        lock (_gate)
        {
            if (_isOver || number < _next) return false;
            _isAskedFor = true;
            if (number == _next) return true;
            _waiting[number] = turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        await turn.Task;
        lock (_gate) return !_isOver;
    }

    private void Leave()
    {
        TaskCompletionSource? next;
        lock (_gate) _waiting.Remove(++_next, out next);
        next?.TrySetResult();
    }

    /// <summary>An array of the pool that is rented when the first bytes come.</summary>
    private sealed class PieceBuffer : IBufferWriter<byte>
    {
        private byte[] _array = [];
        private int _count;

        public void Advance(int count) => _count += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => Rest();

        public Span<byte> GetSpan(int sizeHint = 0) => Rest().Span;

        public BytePiece Take(BytesRead read) => new(_array, read);

        private Memory<byte> Rest()
        {
            if (_array.Length == 0) _array = ArrayPool<byte>.Shared.Rent(ByteLimits.PieceBytes);
            return _array.AsMemory(_count);
        }
    }
}
