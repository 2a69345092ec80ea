using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client.Encryption;

/// <summary>
/// The keys of a pipe's byte streams that have not begun yet: each can be taken once, so that it never encrypts two streams and is gone
/// with the one that it has encrypted. Not safe for several threads.
/// </summary>
[UnsupportedOSPlatform("browser")]
internal sealed class ByteKeys : IDisposable
{
    /// <summary>How many channels a pipe has.</summary>
    public const int Channels = 16;

    /// <summary>The channel on which the two sides talk about files.</summary>
    public const int FileChannel = 1;

    private readonly Dictionary<(bool IsInviters, int Channel), byte[]> _keys = [];

    /// <param name="secret">Of the pipe's bytes; it is overwritten with zeros, since all keys follow from it.</param>
    public ByteKeys(byte[] secret)
    {
        for (var channel = 0; channel < Channels; channel++)
            foreach (var isInviters in (bool[])[true, false]) _keys[(isInviters, channel)] = ByteCipher.DeriveKeys(secret, isInviters, channel);
        CryptographicOperations.ZeroMemory(secret);
    }

    /// <summary>What encrypts one side's stream on a channel.</summary>
    /// <exception cref="InvalidOperationException">It has been taken before.</exception>
    public ByteCipher Take(bool isInviters, int channel) => _keys.Remove((isInviters, channel), out var keys)
        ? new ByteCipher(keys)
        : throw new InvalidOperationException("This channel of the pipe has been used in this direction.");

    /// <summary>Overwrites the keys that nobody took.</summary>
    public void Dispose()
    {
        foreach (var keys in _keys.Values) CryptographicOperations.ZeroMemory(keys);
        _keys.Clear();
    }
}
