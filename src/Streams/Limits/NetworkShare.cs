namespace Malten.Streams.Limits;

/// <summary>What the clients of one network hold together: an IPv4 /24, or an IPv6 /48. Thread-safe.</summary>
internal sealed class NetworkShare
{
    private readonly long[] _held = new long[Enum.GetValues<Resource>().Length];

    /// <summary>How many shares are counted here. Its owner locks.</summary>
    public int Clients { get; set; }

    public long Held(Resource resource) => Volatile.Read(ref _held[(int)resource]);

    public void Add(Resource resource, long amount) => Interlocked.Add(ref _held[(int)resource], amount);
}
