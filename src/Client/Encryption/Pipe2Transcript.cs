using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client.Encryption;

/// <summary>One side's way through the handshake: each frame is added to the transcript, and authenticated with the link's secret.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class Pipe2Transcript
{
    public const int MacLength = 32;
    private const int SafetyCodes = 100_000_000;

    private readonly byte[] _linkKey;
    private byte[] _hash;

    public Pipe2Transcript(PipeSecrets link)
    {
        _linkKey = Bytes.Hkdf(link.Secret, Bytes.Utf8(link.Stream), "malten pipe2 link", Bytes.KeyLength);
        _hash = Hash("transcript", Bytes.Utf8(link.Stream), link.Commitment);
    }

    private Pipe2Transcript(Pipe2Transcript from) => (_linkKey, _hash) = (from._linkKey, from._hash);

    /// <summary>A hash that is different for every use.</summary>
    public static byte[] Hash(string use, params ReadOnlySpan<byte[]> parts) => Bytes.Sha256([Bytes.Utf8($"malten pipe2 {use}\n"), .. parts]);

    /// <summary>Another that goes on from here.</summary>
    public Pipe2Transcript Fork() => new(this);

    /// <summary>Adds a frame, and returns it with its MAC.</summary>
    public byte[] Write(byte type, params ReadOnlySpan<byte[]> parts)
    {
        var frame = Bytes.Join([[type], .. parts]);
        _hash = Hash("transcript", _hash, frame);
        return Bytes.Join(frame, Bytes.Hmac(_linkKey, _hash));
    }

    /// <summary>Adds a frame of the other side, and gives what follows its type; null when the MAC is wrong, and nothing has changed.</summary>
    public byte[]? Read(byte[] frame)
    {
        if (frame.Length < 1 + MacLength) return null;
        var next = Hash("transcript", _hash, frame[..^MacLength]);
        if (!CryptographicOperations.FixedTimeEquals(Bytes.Hmac(_linkKey, next), frame.AsSpan(^MacLength))) return null;
        _hash = next;
        return frame[1..^MacLength];
    }

    /// <summary>The keys that all frames up to the last one lead to.</summary>
    public Pipe2Keys Derive(byte[] accept, byte[] secret, byte[] shared, byte[] kemShared)
    {
        var transcript = Hash("transcript", _hash, accept);
        var all = Bytes.Join(shared, kemShared, secret);
        var keys = Bytes.Hkdf(all, transcript, "malten pipe2 keys", 72);
        var bytes = Bytes.Hkdf(all, transcript, "malten pipe2 bytes", Bytes.KeyLength);
        var number = (long)(BinaryPrimitives.ReadUInt64BigEndian(keys.AsSpan(64)) % SafetyCodes);
        return new Pipe2Keys(
            keys[..32], keys[32..64], number.ToString("0000 0000", CultureInfo.InvariantCulture), transcript, kemShared.Length > 0, bytes);
    }
}
