using System.Security.Cryptography;
using Malten.Streams.Limits;

namespace Malten.Streams.Events;

/// <summary>
/// The bytes of a frame, and by how many they are kept: the feeds that hold it, and those who have taken it out to send it. When
/// the last of them lets go, they are overwritten at once. Bytes that somebody never lets go of, such as a call to another silo
/// that may be sent again, are left to the garbage collector. Thread-safe.
/// </summary>
internal sealed class KeptBytes(byte[] bytes)
{
    private byte[] _bytes = bytes;
    private int _keepers;
    private Capacity? _node; // where they are counted first, and with them all that shares them there
    private int _counts;

    /// <summary>The bytes; empty once they were overwritten.</summary>
    public byte[] Array => Volatile.Read(ref _bytes);

    public bool IsKept => Volatile.Read(ref _keepers) > 0;

    public void Keep() => Interlocked.Increment(ref _keepers);

    public void LetGo()
    {
        if (Interlocked.Decrement(ref _keepers) == 0) CryptographicOperations.ZeroMemory(Interlocked.Exchange(ref _bytes, []));
    }

    /// <summary>One more feed of a node counts them. True when it is the first there, so that they take memory of it from now on.</summary>
    public bool Count(Capacity node) => (Interlocked.CompareExchange(ref _node, node, null) ?? node) != node || Interlocked.Increment(ref _counts) == 1;

    /// <summary>A feed counts them no more. True when it was the last of that node.</summary>
    public bool Uncount(Capacity node) => Volatile.Read(ref _node) != node || Interlocked.Decrement(ref _counts) == 0;
}
