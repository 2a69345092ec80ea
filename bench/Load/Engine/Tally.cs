using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Engine;

/// <summary>
/// What some listeners of one reactor have received, with latencies for each kind of publisher (its number modulo
/// <paramref name="kinds"/>). The reactor's thread writes it; any thread may read the totals.
/// </summary>
internal sealed class Tally(int kinds = 1)
{
    private long _deliveries;
    private long _bytes;
    private long _reads;
    private int _ready;

    /// <summary>The number of listeners that are connected and receiving.</summary>
    public int Ready => Volatile.Read(ref _ready);

    public long Deliveries => Volatile.Read(ref _deliveries);

    /// <summary>Bytes received, all headers included.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The number of calls of <c>recv</c>.</summary>
    public long Reads => Volatile.Read(ref _reads);

    public IReadOnlyList<LatencyHistogram> Latencies { get; } = LatencyHistogram.Several(kinds);

    /// <summary>The number of <c>gap</c> events.</summary>
    public long Gaps { get; set; }

    /// <summary>The number of listeners that the server has disconnected, and the reason of the first.</summary>
    public (int Count, string Why) Ended { get; private set; }

    /// <summary>Records the latency of a message with this key.</summary>
    public void Record(long key, long latency) =>
        Latencies[kinds == 1 ? 0 : MessageText.Split(key).Publisher % kinds].Record(latency);

    public void AddReady() => Volatile.Write(ref _ready, _ready + 1);

    public void AddRead(int bytes, int deliveries)
    {
        Volatile.Write(ref _reads, _reads + 1);
        Volatile.Write(ref _bytes, _bytes + bytes);
        Volatile.Write(ref _deliveries, _deliveries + deliveries);
    }

    public void AddEnded(string why) => Ended = (Ended.Count + 1, Ended.Count == 0 ? why : Ended.Why);
}
