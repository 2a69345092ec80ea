using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>Counts what a node holds against its limits. At a limit, anything new is refused; what is held stays.</summary>
public sealed class Capacity(CapacityOptions options)
{
    private readonly Capacity? _whole;
    private long _streams;
    private long _listeners;
    private long _bytes;

    private Capacity(Capacity whole, CapacityOptions options) : this(options) => _whole = whole;

    /// <summary>How many streams are in use.</summary>
    public long Streams => Volatile.Read(ref _streams);

    /// <summary>How many listeners are open.</summary>
    public long Listeners => Volatile.Read(ref _listeners);

    /// <summary>How many bytes streams hold.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>
    /// A count for the copies that a silo holds of streams that live elsewhere: the copies' bytes count here too, their
    /// number does not.
    /// </summary>
    public Capacity ForCopies() => new(this, options);

    /// <summary>Counts a new stream.</summary>
    /// <exception cref="StreamRefusedException">The node holds as many streams as it may.</exception>
    public void AddStream() => Add(ref _streams, 1, options.MaxStreams, "This node holds as many streams as it may; try again later.");

    /// <summary>Counts a stream that another node held; the limit does not apply, because the stream must not be lost.</summary>
    public void RestoreStream() => Interlocked.Increment(ref _streams);

    /// <summary>Takes an ended stream off the count.</summary>
    public void RemoveStream() => Interlocked.Decrement(ref _streams);

    /// <summary>Counts a new listener.</summary>
    /// <exception cref="StreamRefusedException">The node has as many listeners as it may.</exception>
    public void AddListener() => Add(ref _listeners, 1, options.MaxListeners, "This node has as many listeners as it may; try again later.");

    /// <summary>Takes a closed listener off the count.</summary>
    public void RemoveListener() => Interlocked.Decrement(ref _listeners);

    /// <summary>Counts bytes that are about to be held.</summary>
    /// <exception cref="StreamRefusedException">The memory for streams is full.</exception>
    public void AddBytes(long bytes) =>
        Add(ref _bytes, bytes, options.MaxMemoryMegabytes * 1024L * 1024L, "This node's memory for streams is full; try again later.");

    /// <summary>Counts bytes that must be held regardless of the limit; a negative number takes bytes off the count.</summary>
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
