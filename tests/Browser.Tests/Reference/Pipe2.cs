using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using static Malten.Browser.Tests.Reference.Bytes;

namespace Malten.Browser.Tests.Reference;

/// <summary>What both sides of a pipe share after the handshake.</summary>
public sealed record Pipe2Keys(byte[] Root, byte[] Confirm, string Code, byte[] Transcript, bool IsHybrid);

/// <summary>What the link of a pipe holds besides the stream and the seat.</summary>
public sealed record Pipe2Link(string Stream, byte[] Secret, byte[] Commitment)
{
    public string Token => ToBase64Url([.. Secret, .. Commitment]);

    /// <summary>Reads <c>#/p/STREAM.SEAT.TOKEN</c>.</summary>
    public static (Pipe2Link Link, string Seat) Parse(string fragment)
    {
        var parts = fragment.Split('/')[^1].Split('.');
        var token = FromBase64Url(parts[2]);
        return (new Pipe2Link(parts[0], token[..16], token[16..]), parts[1]);
    }
}

/// <summary>The handshake of a pipe in the format pipe2, written from docs/encryption.md.</summary>
public sealed class Pipe2
{
    public const byte Commit = 1;
    public const byte Hello = 2;
    public const byte Reveal = 3;
    public const byte Accept = 4;
    public const byte Message = 5;
    public const byte Bye = 6;

    private readonly byte[] _linkKey;

    public Pipe2(Pipe2Link link)
    {
        _linkKey = Hkdf(link.Secret, Of(link.Stream), "malten pipe2 link", 32);
        Transcript = Hash("transcript", Of(link.Stream), link.Commitment);
    }

    /// <summary>The hash of all that was said so far.</summary>
    public byte[] Transcript { get; private set; }

    public static byte[] Hash(string use, params byte[][] parts) => Sha256([Of($"malten pipe2 {use}\n"), .. parts]);

    /// <exception cref="CryptographicException">It is not what was committed to, or not made with the right key.</exception>
    public static void Check(byte[] actual, byte[] promised)
    {
        if (!CryptographicOperations.FixedTimeEquals(actual, promised)) throw new CryptographicException("This is not what was promised.");
    }

    /// <summary>Adds a frame to the transcript and authenticates it with the link's secret.</summary>
    public byte[] Write(byte type, params byte[][] parts)
    {
        byte[] frame = [type, .. Join(parts)];
        Transcript = Hash("transcript", Transcript, frame);
        return [.. frame, .. Hmac(_linkKey, Transcript)];
    }

    /// <summary>Adds a frame of the other side, and gives what follows its type.</summary>
    /// <exception cref="CryptographicException">It was not made with the link.</exception>
    public byte[] Read(byte[] frame)
    {
        Transcript = Hash("transcript", Transcript, frame[..^32]);
        Check(Hmac(_linkKey, Transcript), frame[^32..]);
        return frame[1..^32];
    }

    /// <summary>The inviter's last frame, and the keys.</summary>
    public (byte[] Frame, Pipe2Keys Keys) WriteAccept(byte[] nonce, byte[] secret, byte[] shared, byte[] kemShared)
    {
        byte[] frame = [Accept, .. nonce];
        var keys = Derive(frame, secret, shared, kemShared);
        return ([.. frame, .. Hmac(keys.Confirm, keys.Transcript)], keys);
    }

    /// <summary>The keys, from the inviter's last frame.</summary>
    /// <exception cref="CryptographicException">The other side has other keys.</exception>
    public Pipe2Keys ReadAccept(byte[] frame, byte[] secret, byte[] shared, byte[] kemShared)
    {
        var keys = Derive(frame[..^32], secret, shared, kemShared);
        Check(Hmac(keys.Confirm, keys.Transcript), frame[^32..]);
        return keys;
    }

    public static byte[] Agree(ECDiffieHellman own, byte[] theirs)
    {
        using var other = ECDiffieHellman.Create(FromPoint(theirs));
        return own.DeriveRawSecretAgreement(other.PublicKey);
    }

    private Pipe2Keys Derive(byte[] frame, byte[] secret, byte[] shared, byte[] kemShared)
    {
        var transcript = Hash("transcript", Transcript, frame);
        var keys = Hkdf(Join(shared, kemShared, secret), transcript, "malten pipe2 keys", 72);
        var number = new BigInteger(keys.AsSpan(64), isUnsigned: true, isBigEndian: true) % 100_000_000;
        return new Pipe2Keys(keys[..32], keys[32..64], ((long)number).ToString("0000 0000", CultureInfo.InvariantCulture), transcript, kemShared.Length > 0);
    }
}
