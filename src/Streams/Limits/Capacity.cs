using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>
/// Counts what a node holds against its limits. At a limit, anything new is refused, unless those who hold more than its
/// client have made room for it.
/// </summary>
public sealed partial class Capacity(CapacityOptions options)
{
    private const string TooManyListeners =
        "This node has as many listeners as it may, and many of them are of this client or its network; try again later.";

    // An open connection with its buffers, and what each name that it hears takes: a feed, a cursor and its place on the board.
    // Measured: 12,000 listeners of one name each take 20 KiB each of resident memory.
    private const int ListenerCost = 19 * 1024;
    private const int HeardCost = 1024;

    /// <summary>So many bytes, 32 MiB, that it is worth giving them back once they are not held any more.</summary>
    public const long Much = 32 * 1024 * 1024;

    private readonly Capacity? _whole;
    private readonly Shares _shares = new();
    private long _streams;
    private long _listeners;
    private long _listenerBytes;
    private long _bytes;
    private long _resident; // the bytes, and what connections take beside
    private long _peak;

    private Capacity(Capacity whole, CapacityOptions options) : this(options) => _whole = whole;

    /// <summary>Raised when <see cref="Resident"/> has grown to <see cref="Much"/>. Handlers must return quickly and not throw.</summary>
    public event Action? HoldsMuch;

    /// <summary>Raised whenever bytes are let go. Handlers must return at once and not throw.</summary>
    public event Action? LetGo;

    /// <summary>How many streams are in use.</summary>
    public long Streams => Volatile.Read(ref _streams);

    /// <summary>How many listeners are open.</summary>
    public long Listeners => Volatile.Read(ref _listeners);

    /// <summary>How many bytes are held: by streams, copies, replicas, events, listeners, bodies that come in pieces and answers that wait.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How many bytes are held, with what open connections take beside.</summary>
    public long Resident => Volatile.Read(ref _resident);

    /// <summary>How many bytes are held, with what connections take on which nobody listens: those of listeners are in what these count.</summary>
    public long BytesWithConnections => Bytes + (IdleConnections * ConnectionCost);

    /// <summary>The count of the whole node.</summary>
    internal Capacity Whole => _whole ?? this;

    /// <summary>Who makes the node hold how much.</summary>
    public Shares Shares => Whole._shares;

    /// <summary>Whether there is no room either for those who want to hear what is held already.</summary>
    public bool IsFullForListeners => Whole.Taken >= MostForListeners;

    /// <summary>Whether so little room is left, an eighth, that nothing is held which need not be.</summary>
    public bool HasLittleRoom => Whole.Taken >= Most - (Most / 8);

    private long Most => options.MaxMemoryMegabytes * 1024L * 1024L;

    // A node that is full of messages still has room for those who listen to them.
    private long MostForListeners => Most + (Most / 8);

    // However many listen or are connected, an eighth is left for what they want to hear.
    private long MostOfListeners => Most - (Most / 8) - OfConnections;

    private long Taken => Bytes + OfConnections;

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
        if (begins && Streams >= options.MaxStreams) MakeCount(Resource.Streams, options.MaxStreams, client);
    }

    /// <summary>
    /// Makes room for what another node has accepted and this one must hold; later than for what it may still refuse, so that
    /// whoever holds most is refused first. Called without any lock.
    /// </summary>
    public void MakeRoomForCopies() => MakeBytes(MostForListeners, null);

    /// <summary>Counts a new stream.</summary>
    /// <exception cref="StreamRefusedException">The node holds as many streams as it may.</exception>
    public void AddStream() => Add(ref _streams, 1, options.MaxStreams,
        "This node holds as many streams as it may, and nobody has begun more of them than this client or its network; try again later.");

    /// <summary>Counts a stream that another node held; the limit does not apply, because the stream must not be lost.</summary>
    public void RestoreStream() => Interlocked.Increment(ref _streams);

    /// <summary>Takes an ended stream off the count.</summary>
    public void RemoveStream() => Interlocked.Decrement(ref _streams);

    /// <summary>
    /// Counts a new listener to so many streams, and the memory that it takes. Where there are too many, by their number or
    /// their memory, those of others give way who have more than twice as many. Where the memory is full of other things, those
    /// give way of whoever holds more of them. Called without any lock.
    /// </summary>
    /// <param name="streams">How many streams it hears.</param>
    /// <param name="client">Whoever listens.</param>
    /// <param name="requestBytes">What its request takes beyond what is usual, for as long as it is open.</param>
    /// <exception cref="StreamRefusedException">The node has as many listeners as it may, or its memory is full.</exception>
    public Place AddListener(int streams, ClientKey client = default, long requestBytes = 0)
    {
        var bytes = Cost(streams) + requestBytes;
        MakeListeners(bytes, client);
        MakeBytes(MostForListeners, client);
        Add(ref _listeners, 1, options.MaxListeners, TooManyListeners);
        try
        {
            AddListenerBytes(bytes);
        }
        catch (StreamRefusedException)
        {
            Interlocked.Decrement(ref _listeners);
            throw;
        }

        var share = Shares.Enter(client);
        var place = new Place(this, share, Resource.Listeners, bytes);
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
        Interlocked.Add(ref _bytes, bytes);
        ChangeResident(bytes);
        if (bytes < 0) LetGo?.Invoke();
        _whole?.ChangeBytes(bytes);
    }

    /// <summary>The most of <see cref="Resident"/> since this was asked last; 0 where that was less than <see cref="Much"/>.</summary>
    public long TakePeak() => Interlocked.Exchange(ref _peak, 0);

    /// <summary>The refusal of what does not fit into the memory.</summary>
    public static StreamRefusedException Full() => new(Refusal.Full,
        "This node's memory is full, and nobody holds more of it than this client or its network; try again later.");

    internal void RemovePlace(Resource resource, long bytes, bool wasIdle)
    {
        Interlocked.Decrement(ref resource == Resource.Listeners ? ref _listeners : ref _connections);
        if (wasIdle) ChangeIdle(-1);
        if (resource == Resource.Listeners) Interlocked.Add(ref _listenerBytes, -bytes);
        if (resource == Resource.Connections) ChangeResident(-ConnectionCost);
        if (bytes > 0) ChangeBytes(-bytes);
    }

    private void ChangeResident(long bytes)
    {
        var now = Interlocked.Add(ref _resident, bytes);
        if (now >= Much && bytes > 0) Peak(now, now - bytes);
    }

    private void MakeBytes(long most, ClientKey? client)
    {
        if (Missing() == 0) return;
        Whole.CloseIdle(FewIdle, Missing);
        if (Missing() > 0) Shares.MakeRoom(Resource.Bytes, Missing, client);

        long Missing() => most - Whole.Taken is var free && free < Reserve ? (2 * Reserve) - free : 0;
    }

    private void MakeListeners(long bytes, ClientKey client)
    {
        CloseIdle(FewConnections, Missing);
        if (!AreMany()) return;
        var several = Several((int)Math.Min(options.MaxListeners, MostOfListeners / Cost(1)));
        if (Shares.MayGive(Resource.Listeners, Of(Missing(), Cost(1))))
            Shares.MakeRoom(Resource.Listeners, () => AreMany() ? Math.Max(several, Of(Math.Max(bytes, Missing()), Cost(1))) : 0, client);

        bool AreMany() => Listeners >= options.MaxListeners || Missing() > 0;
        long Missing() => Volatile.Read(ref _listenerBytes) + bytes - MostOfListeners;
    }

    private void MakeCount(Resource resource, int most, ClientKey client) =>
        Shares.MakeRoom(resource, () => Count(resource) >= most ? Several(most) : 0, client);

    private long Count(Resource resource) => resource switch
    {
        Resource.Streams => Streams,
        Resource.Connections => Connections,
        _ => IdleConnections,
    };

    private void AddListenerBytes(long bytes)
    {
        Add(ref _listenerBytes, bytes, MostOfListeners, TooManyListeners);
        if (TryAddBytesForListeners(bytes)) return;
        Interlocked.Add(ref _listenerBytes, -bytes);
        throw Full();
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
        if (bytes <= 0 || Whole.Taken <= most) return true;
        ChangeBytes(-bytes);
        return false;
    }

    // Room is made for more than one at a time, since it takes a look at all clients.
    private static int Several(int most) => Math.Max(1, most / 256);

    private static long Cost(int streams) => ListenerCost + ((long)streams * HeardCost);

    private static long Of(long bytes, long cost) => (bytes + cost - 1) / cost;

    private static void Add(ref long held, long more, long most, string detail)
    {
        if (!TryAdd(ref held, more, most)) throw new StreamRefusedException(Refusal.Full, detail);
    }

    private static bool TryAdd(ref long held, long more, long most)
    {
        if (Interlocked.Add(ref held, more) <= most) return true;
        Interlocked.Add(ref held, -more);
        return false;
    }
}
