using System.Buffers;
using System.Buffers.Text;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Client.Encryption;

/// <summary>What both formats of docs/encryption.md are made of.</summary>
[UnsupportedOSPlatform("browser")]
internal static class Bytes
{
    /// <summary>What every sealed text begins with.</summary>
    public const string Prefix = "enc2.";

    public const int HashLength = 32;
    public const int KeyLength = 32;
    public const int IvLength = 12;
    public const int TagLength = 16;

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static string ToBase64Url(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    /// <summary>Reads base64url without padding; null when it is not the canonical encoding of its bytes.</summary>
    public static byte[]? FromBase64Url(ReadOnlySpan<char> text)
    {
        if (text.ContainsAnyExcept(Alphabet)) return null; // the decoder would pass over white space and take padding
        try
        {
            var bytes = Base64Url.DecodeFromChars(text);
            return text.SequenceEqual(ToBase64Url(bytes)) ? bytes : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Reads base64url of so many bytes.</summary>
    public static byte[]? FromBase64Url(ReadOnlySpan<char> text, int length) =>
        FromBase64Url(text) is { } bytes && bytes.Length == length ? bytes : null;

    /// <summary>The bytes of a sealed text; null when it is none.</summary>
    public static byte[]? FromSealed(string text) =>
        text.StartsWith(Prefix, StringComparison.Ordinal) ? FromBase64Url(text.AsSpan(Prefix.Length)) : null;

    public static byte[] Join(params ReadOnlySpan<byte[]> parts)
    {
        var whole = new byte[Length(parts)];
        var at = 0;
        foreach (var part in parts)
        {
            part.CopyTo(whole, at);
            at += part.Length;
        }

        return whole;
    }

    public static byte[] Sha256(params ReadOnlySpan<byte[]> parts) => SHA256.HashData(Join(parts));

    public static byte[] Hmac(byte[] key, params ReadOnlySpan<byte[]> parts) => HMACSHA256.HashData(key, Join(parts));

    /// <summary>RFC 5869, with SHA-256.</summary>
    public static byte[] Hkdf(byte[] secret, byte[] salt, string purpose, int length) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, length, salt, Utf8(purpose));

    /// <summary>Adds zeros up to the next of the sizes, so that the length says little.</summary>
    /// <exception cref="ArgumentException">It is longer than the last of them.</exception>
    public static byte[] Pad(byte[] content, ReadOnlySpan<int> sizes)
    {
        foreach (var size in sizes)
        {
            if (size < content.Length) continue;
            var padded = new byte[size];
            content.CopyTo(padded, 0);
            return padded;
        }

        throw new ArgumentException("It is too long to be encrypted.", nameof(content));
    }

    /// <summary>AES-256-GCM: the ciphertext and its tag.</summary>
    /// <param name="iv">Never used twice with one key.</param>
    /// <param name="about">Authenticated, not encrypted.</param>
    public static byte[] Encrypt(byte[] key, ReadOnlySpan<byte> iv, byte[] about, byte[] plain)
    {
        var sealedBytes = new byte[plain.Length + TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(iv, plain, sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan(plain.Length), about);
        return sealedBytes;
    }

    /// <summary>Null when it was not encrypted with this key, IV and <paramref name="about"/>.</summary>
    public static byte[]? Decrypt(byte[] key, ReadOnlySpan<byte> iv, byte[] about, ReadOnlySpan<byte> ciphertext)
    {
        if (ciphertext.Length < TagLength) return null;
        var plain = new byte[ciphertext.Length - TagLength];
        using var aes = new AesGcm(key, TagLength);
        try
        {
            aes.Decrypt(iv, ciphertext[..plain.Length], ciphertext[plain.Length..], plain, about);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static int Length(ReadOnlySpan<byte[]> parts)
    {
        var length = 0;
        foreach (var part in parts) length += part.Length;
        return length;
    }
}
