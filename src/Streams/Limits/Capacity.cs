using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>What a node may hold, and what it holds. Beyond it new things are refused; what is held stays.</summary>
public sealed class Capacity(CapacityOptions options)
{
    private readonly Capacity? _whole;
    private long _streams;
    private long _listeners;
    private long _bytes;

    private Capacity(Capacity whole, CapacityOptions options) : this(options) => _whole = whole;

    /// <summary>Streams in use.</summary>
    public long Streams => Volatile.Read(ref _streams);

    /// <summary>Open listeners.</summary>
    public long Listeners => Volatile.Read(ref _listeners);

    /// <summary>Bytes held by streams.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>
    /// The same memory, but another count of streams: for the copies that a silo holds of streams that live elsewhere.
    /// </summary>
    public Capacity ForCopies() => new(this, options);

    /// <summary>Makes room for a stream, or refuses.</summary>
    public void AddStream() => Add(ref _streams, 1, options.MaxStreams, "This node holds as many streams as it may; try again later.");

    /// <summary>A stream that other nodes held goes on here, whatever the limit: it must not be lost.</summary>
    public void RestoreStream() => Interlocked.Increment(ref _streams);

    /// <summary>A stream has ended.</summary>
    public void RemoveStream() => Interlocked.Decrement(ref _streams);

    /// <summary>Makes room for a listener, or refuses.</summary>
    public void AddListener() => Add(ref _listeners, 1, options.MaxListeners, "This node has as many listeners as it may; try again later.");

    /// <summary>A listener has gone.</summary>
    public void RemoveListener() => Interlocked.Decrement(ref _listeners);

    /// <summary>Makes room for bytes, or refuses.</summary>
    public void AddBytes(long bytes) =>
        Add(ref _bytes, bytes, options.MaxMemoryMegabytes * 1024L * 1024L, "This node's memory for streams is full; try again later.");

    /// <summary>Bytes that must be held whatever the budget, or (negative) that are held no more.</summary>
    public void ChangeBytes(long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        _whole?.ChangeBytes(bytes);
    }

    private static void Add(ref long held, long more, long most, string detail)
    {
        if (Interlocked.Add(ref held, more) <= most || more <= 0) return;
        Interlocked.Add(ref held, -more);
        throw new StreamRefusedException(Refusal.Full, detail);
    }
}
