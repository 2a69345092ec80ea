using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client.Encryption;

/// <summary>Seals and opens the records of one byte stream of a pipe, as docs/encryption.md describes them. One side's, on one channel.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class ByteCipher : IDisposable
{
    /// <summary>Bytes that a record can hold.</summary>
    public const int LongestRecord = 65_536;

    /// <summary>Length (u24), type (u8), number (u64).</summary>
    public const int HeaderLength = 12;

    /// <summary>Bytes that a sealed record can have.</summary>
    public const int LongestSealed = HeaderLength + LongestRecord + Bytes.TagLength;

    private readonly AesGcm _aes;
    private readonly byte[] _iv;

    /// <param name="keys">Of <see cref="DeriveKeys"/>; they are overwritten with zeros.</param>
    public ByteCipher(byte[] keys)
    {
        (_aes, _iv) = (new AesGcm(keys.AsSpan(0, Bytes.KeyLength), Bytes.TagLength), keys[Bytes.KeyLength..]);
        CryptographicOperations.ZeroMemory(keys);
    }

    /// <summary>The key and IV of one side's stream on a channel.</summary>
    /// <param name="secret">Of the pipe's bytes.</param>
    /// <param name="isInviters">Whether the inviter sends these bytes.</param>
    public static byte[] DeriveKeys(byte[] secret, bool isInviters, int channel) =>
        Bytes.Hkdf(secret, [], $"malten pipe2 bytes {(isInviters ? "inviter" : "joiner")} {channel}", Bytes.KeyLength + Bytes.IvLength);

    /// <summary>Writes a sealed record with its header, and returns its length.</summary>
    public int Seal(long number, bool isEnd, ReadOnlySpan<byte> plain, Span<byte> record)
    {
        var header = new byte[HeaderLength];
        var body = record.Slice(HeaderLength, plain.Length + Bytes.TagLength);
        BinaryPrimitives.WriteUInt32BigEndian(header, (uint)(plain.Length << 8) | (isEnd ? 1u : 0));
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(4), number);
        header.CopyTo(record);
        _aes.Encrypt(IvOf(number), plain, body[..plain.Length], body[plain.Length..], header);
        return HeaderLength + body.Length;
    }

    /// <summary>What a header announces: how many bytes follow it, the record's number, and whether it is the last.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static (int Length, long Number, bool IsEnd) ReadHeader(ReadOnlySpan<byte> header)
    {
        var first = BinaryPrimitives.ReadUInt32BigEndian(header);
        var (length, type) = ((int)(first >> 8), first & 0xFF);
        if (length > LongestRecord || type > 1) throw Changed();
        return (length + Bytes.TagLength, BinaryPrimitives.ReadInt64BigEndian(header[4..]), type == 1);
    }

    /// <summary>Opens what follows a header, and returns how many bytes there are.</summary>
    /// <exception cref="InvalidDataException">It was not sealed by the other side as this record of this channel.</exception>
    public int Open(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, Span<byte> plain)
    {
        var length = body.Length - Bytes.TagLength;
        try
        {
            _aes.Decrypt(IvOf(BinaryPrimitives.ReadInt64BigEndian(header[4..])), body[..length], body[length..], plain[..length], header);
            return length;
        }
        catch (AuthenticationTagMismatchException)
        {
            throw Changed();
        }
    }

    public void Dispose() => _aes.Dispose();

    private static InvalidDataException Changed() => new("The bytes were changed on their way: nothing after this point can be trusted.");

    private byte[] IvOf(long number)
    {
        var iv = _iv.ToArray();
        var last = iv.AsSpan(Bytes.IvLength - 8);
        BinaryPrimitives.WriteInt64BigEndian(last, BinaryPrimitives.ReadInt64BigEndian(last) ^ number);
        return iv;
    }
}
