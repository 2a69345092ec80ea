using System.Buffers;

namespace Malten.Gateway.Memory;

/// <summary>
/// A pool whose buffers are overwritten when they are given back, and which lets go of those that stay idle: the server's own
/// keeps what a crowd has used for many minutes, since it lets go of a hundredth every ten seconds, and of nothing while more is
/// used again. Thread-safe.
/// </summary>
/// <param name="create">Makes the pool that the buffers are taken from; it is exchanged for a new one to let go of them.</param>
/// <param name="idles">Called when so many are idle that it is worth to <see cref="Trim"/>, once or more often.</param>
internal sealed class ErasingMemoryPool(Func<MemoryPool<byte>> create, Action idles) : MemoryPool<byte>
{
    /// <summary>Bytes that may stay idle: what some hundred quick requests use at once.</summary>
    public const long MostIdle = 8 * 1024 * 1024;

    private MemoryPool<byte> _inner = create();
    private long _used; // bytes
    private long _most; // bytes that were used at once, of those that the inner pool may still have

    public override int MaxBufferSize => _inner.MaxBufferSize;

    private bool IsIdle => Volatile.Read(ref _most) - Volatile.Read(ref _used) > MostIdle;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        var buffer = RentInner(minBufferSize);
        var used = Interlocked.Add(ref _used, buffer.Memory.Length);
        for (var most = Volatile.Read(ref _most); used > most;)
        {
            var seen = Interlocked.CompareExchange(ref _most, used, most);
            if (seen == most) break;
            most = seen;
        }

        return new Erased(this, buffer);
    }

    /// <summary>Lets go of all idle buffers if they are many, and of those in use as they are given back; false if they are not.</summary>
    public bool Trim()
    {
        if (!IsIdle) return false;
        Volatile.Write(ref _most, Volatile.Read(ref _used));
        Interlocked.Exchange(ref _inner, create()).Dispose();
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
    }

    private IMemoryOwner<byte> RentInner(int minBufferSize)
    {
        for (; ; )
        {
            var inner = Volatile.Read(ref _inner);
            try
            {
                return inner.Rent(minBufferSize);
            }
            catch (ObjectDisposedException) when (inner != Volatile.Read(ref _inner))
            {
                // exchanged in this moment
            }
        }
    }

    private void Return(IMemoryOwner<byte> buffer)
    {
        var length = buffer.Memory.Length;
        buffer.Memory.Span.Clear();
        buffer.Dispose();
        Interlocked.Add(ref _used, -length);
        if (IsIdle) idles();
    }

    private sealed class Erased(ErasingMemoryPool pool, IMemoryOwner<byte> buffer) : IMemoryOwner<byte>
    {
        private IMemoryOwner<byte>? _buffer = buffer;

        public Memory<byte> Memory => _buffer?.Memory ?? throw new ObjectDisposedException(nameof(Memory));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _buffer, null) is { } given) pool.Return(given);
        }
    }
}
