using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>
/// Counts what a node holds against its limits. At a limit, anything new is refused, unless those who hold more than its
/// client have made room for it.
/// </summary>
public sealed class Capacity(CapacityOptions options)
{
    // An open connection with its buffers, and what each name that it hears takes: a feed, a cursor and its place on the board.
    private const int ListenerCost = 4096;
    private const int HeardCost = 1024;

    /// <summary>So many bytes, 32 MiB, that it is worth giving them back once they are not held any more.</summary>
    public const long Much = 32 * 1024 * 1024;

    private readonly Capacity? _whole;
    private readonly Shares _shares = new();
    private long _streams;
    private long _listeners;
    private long _bytes;
    private long _peak;

    private Capacity(Capacity whole, CapacityOptions options) : this(options) => _whole = whole;

    /// <summary>Raised when the bytes held have grown to <see cref="Much"/>. Handlers must return quickly and not throw.</summary>
    public event Action? HoldsMuch;

    /// <summary>How many streams are in use.</summary>
    public long Streams => Volatile.Read(ref _streams);

    /// <summary>How many listeners are open.</summary>
    public long Listeners => Volatile.Read(ref _listeners);

    /// <summary>How many bytes are held: by streams, their copies and replicas, their events and their listeners.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Who makes the node hold how much.</summary>
    public Shares Shares => (_whole ?? this)._shares;

    /// <summary>Whether there is no room either for those who want to hear what is held already.</summary>
    public bool IsFullForListeners => (_whole ?? this).Bytes >= MostForListeners;

    private long Most => options.MaxMemoryMegabytes * 1024L * 1024L;

    // A node that is full of messages still has room for those who listen to them.
    private long MostForListeners => Most + (Most / 8);

    // Kept free for others than whoever holds most, so that they need not wait for room.
    private long Reserve => Most / 64;

    /// <summary>
    /// A count for what a node holds of streams that live elsewhere, copies or replicas: its bytes count here too, the number
    /// of streams does not.
    /// </summary>
    public Capacity ForCopies() => new(this, options);

    /// <summary>
    /// Makes room for what a client is about to add, and for a stream too if it <paramref name="begins"/> one, where there is
    /// little: others give way who hold more. Called without any lock.
    /// </summary>
    public void MakeRoom(ClientKey client, bool begins)
    {
        MakeBytes(Most, client);
        if (begins && Streams >= options.MaxStreams) Shares.MakeRoom(Resource.Streams, Math.Max(1, options.MaxStreams / 256), client);
    }

    /// <summary>Counts a new stream.</summary>
    /// <exception cref="StreamRefusedException">The node holds as many streams as it may.</exception>
    public void AddStream() => Add(ref _streams, 1, options.MaxStreams,
        "This node holds as many streams as it may, and nobody has begun more of them than this client or its network; try again later.");

    /// <summary>Counts a stream that another node held; the limit does not apply, because the stream must not be lost.</summary>
    public void RestoreStream() => Interlocked.Increment(ref _streams);

    /// <summary>Takes an ended stream off the count.</summary>
    public void RemoveStream() => Interlocked.Decrement(ref _streams);

    /// <summary>
    /// Counts a new listener to so many streams, and the memory that it takes. Where there is no room, others give way who
    /// hold more than twice as much. Called without any lock.
    /// </summary>
    /// <exception cref="StreamRefusedException">The node has as many listeners as it may, or its memory is full.</exception>
    public ListenerPlace AddListener(int streams, ClientKey client = default)
    {
        if (Listeners >= options.MaxListeners) Shares.MakeRoom(Resource.Listeners, Math.Max(1, options.MaxListeners / 256), client);
        MakeBytes(MostForListeners, client);
        Add(ref _listeners, 1, options.MaxListeners,
            "This node has as many listeners as it may, and many of them are of this client or its network; try again later.");
        var bytes = Cost(streams);
        if (!TryAddBytesForListeners(bytes))
        {
            Interlocked.Decrement(ref _listeners);
            throw Full();
        }

        var share = Shares.Enter(client);
        var place = new ListenerPlace(this, share, bytes);
        share.Leave();
        return place;
    }

    /// <summary>Counts bytes that are about to be held.</summary>
    /// <exception cref="StreamRefusedException">The memory is full.</exception>
    public void AddBytes(long bytes)
    {
        if (!TryAddBytes(bytes)) throw Full();
    }

    /// <summary>Counts bytes that are about to be held; false when the memory is full. What is not positive always fits.</summary>
    public bool TryAddBytes(long bytes) => TryAddBytes(bytes, Most);

    /// <summary>The same for what those who listen have to be told; there is room for it where messages have none.</summary>
    public bool TryAddBytesForListeners(long bytes) => TryAddBytes(bytes, MostForListeners);

    /// <summary>Counts bytes that must be held regardless of the limit; a negative number takes bytes off the count.</summary>
    public void ChangeBytes(long bytes)
    {
        var now = Interlocked.Add(ref _bytes, bytes);
        if (now >= Much && bytes > 0) Peak(now, now - bytes);
        _whole?.ChangeBytes(bytes);
    }

    /// <summary>The most bytes held at once since this was asked last; 0 where that was less than <see cref="Much"/>.</summary>
    public long TakePeak() => Interlocked.Exchange(ref _peak, 0);

    /// <summary>The refusal of what does not fit into the memory.</summary>
    public static StreamRefusedException Full() => new(Refusal.Full,
        "This node's memory is full, and nobody holds more of it than this client or its network; try again later.");

    internal void RemoveListener(long bytes)
    {
        Interlocked.Decrement(ref _listeners);
        ChangeBytes(-bytes);
    }

    private void MakeBytes(long most, ClientKey client)
    {
        var free = most - (_whole ?? this).Bytes;
        if (free < Reserve) Shares.MakeRoom(Resource.Bytes, (2 * Reserve) - free, client);
    }

    private void Peak(long now, long before)
    {
        for (var peak = Volatile.Read(ref _peak); now > peak;)
        {
            var seen = Interlocked.CompareExchange(ref _peak, now, peak);
            if (seen == peak) break;
            peak = seen;
        }

        if (before < Much) HoldsMuch?.Invoke();
    }

    private bool TryAddBytes(long bytes, long most)
    {
        ChangeBytes(bytes);
        if (bytes <= 0 || (_whole ?? this).Bytes <= most) return true;
        ChangeBytes(-bytes);
        return false;
    }

    private static long Cost(int streams) => ListenerCost + ((long)streams * HeardCost);

    private static void Add(ref long held, long more, long most, string detail)
    {
        if (Interlocked.Add(ref held, more) <= most) return;
        Interlocked.Add(ref held, -more);
        throw new StreamRefusedException(Refusal.Full, detail);
    }
}
