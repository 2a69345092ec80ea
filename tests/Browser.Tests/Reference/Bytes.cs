using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Browser.Tests.Reference;

/// <summary>What both formats are made of, written from docs/encryption.md; it shares no code with the page.</summary>
public static class Bytes
{
    /// <summary>What every sealed text begins with.</summary>
    public const string Prefix = "enc2.";

    private const int TagLength = 16;

    public static byte[] Of(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] FromBase64Url(string text) => Base64Url.DecodeFromChars(text);

    public static string ToBase64Url(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    /// <summary>A number, big-endian.</summary>
    public static byte[] BigEndian(long value, int length)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes[^length..];
    }

    public static byte[] Sha256(params byte[][] parts) => SHA256.HashData(Join(parts));

    public static byte[] Hmac(byte[] key, params byte[][] parts) => HMACSHA256.HashData(key, Join(parts));

    public static byte[] Hkdf(byte[] secret, byte[] salt, string purpose, int length) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, length, salt, Of(purpose));

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    /// <summary>Adds zeros up to the next of the sizes.</summary>
    public static byte[] Pad(byte[] content, params int[] steps) =>
        [.. content, .. new byte[steps.First(step => step >= content.Length) - content.Length]];

    public static byte[] Encrypt(byte[] key, byte[] iv, byte[] about, byte[] plain)
    {
        var (ciphertext, tag) = (new byte[plain.Length], new byte[TagLength]);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(iv, plain, ciphertext, tag, about);
        return [.. ciphertext, .. tag];
    }

    /// <exception cref="CryptographicException">It was not encrypted with this key, IV and <paramref name="about"/>.</exception>
    public static byte[] Decrypt(byte[] key, byte[] iv, byte[] about, byte[] ciphertext)
    {
        if (ciphertext.Length < TagLength) throw new CryptographicException("too short");
        var plain = new byte[ciphertext.Length - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(iv, ciphertext.AsSpan(0, plain.Length), ciphertext.AsSpan(plain.Length), plain, about);
        return plain;
    }

    /// <summary>A point in the uncompressed form: 04, x, y.</summary>
    public static byte[] Point(ECParameters key) => [4, .. key.Q.X!, .. key.Q.Y!];

    /// <summary>A public key from the uncompressed form.</summary>
    public static ECParameters FromPoint(byte[] point) => new()
    {
        Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = point[1..33], Y = point[33..65] },
    };
}
