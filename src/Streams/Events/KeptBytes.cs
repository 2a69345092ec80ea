using System.Security.Cryptography;

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

    /// <summary>The bytes; empty once they were overwritten.</summary>
    public byte[] Array => Volatile.Read(ref _bytes);

    public void Keep() => Interlocked.Increment(ref _keepers);

    public void LetGo()
    {
        if (Interlocked.Decrement(ref _keepers) == 0) CryptographicOperations.ZeroMemory(Interlocked.Exchange(ref _bytes, []));
    }
}
