namespace Malten.Bench.Load.Checks;

/// <summary>
/// The one order that all listeners must see: a rolling hash of the sequence. At each interval, the first listener to
/// get there stores its hash, and all others compare theirs.
/// </summary>
internal sealed class OrderReference
{
    /// <summary>Hashes are compared at multiples of this many messages.</summary>
    public const int Interval = 64;

    private readonly long[] _hashes = new long[1 << 20];

    public static long Combine(long hash, long key) => (hash ^ key) * unchecked((long)0x9E3779B97F4A7C15) + 1;

    /// <summary>Whether the first listener with this many messages had the same ones in the same order.</summary>
    public bool Agrees(long count, long hash)
    {
        ref var reference = ref _hashes[count / Interval % _hashes.Length];
        var first = Interlocked.CompareExchange(ref reference, hash, 0);
        return first == 0 || first == hash;
    }
}
