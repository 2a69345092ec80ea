using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Browser.Tests.Reference;

/// <summary>The format enc1, written from docs/encryption.md; it shares no code with the page.</summary>
public static class Enc1
{
    private const string Prefix = "enc1.";
    private const byte Separator = 0xFF;
    private static readonly int[] Steps = [128, 256, 512, 1024, 2048, 4096];

    public static byte[] FromBase64Url(string text) => Base64Url.DecodeFromChars(text);

    public static string StreamName(byte[] secret) =>
        Base64Url.EncodeToString(HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 16, [], "malten enc1 stream name"u8.ToArray()));

    public static string Seal(byte[] secret, string name, string text, string? stream = null) =>
        Seal(MessageKey(secret), RandomNumberGenerator.GetBytes(12), $"enc1 {stream ?? StreamName(secret)}", name, text);

    public static string Seal(byte[] key, byte[] iv, string about, string name, string text)
    {
        var packed = Pack(name, text);
        var (sealedText, tag) = (new byte[packed.Length], new byte[16]);
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(iv, packed, sealedText, tag, Encoding.UTF8.GetBytes(about));
        return Prefix + Base64Url.EncodeToString([.. iv, .. sealedText, .. tag]);
    }

    public static (string Name, string Text) Open(byte[] secret, string message) =>
        Open(MessageKey(secret), $"enc1 {StreamName(secret)}", message);

    public static (string Name, string Text) Open(byte[] key, string about, string message)
    {
        var bytes = FromBase64Url(message[Prefix.Length..]);
        var packed = new byte[bytes.Length - 28];
        using var aes = new AesGcm(key, 16);
        aes.Decrypt(bytes.AsSpan(0, 12), bytes.AsSpan(12, packed.Length), bytes.AsSpan(bytes.Length - 16), packed,
            Encoding.UTF8.GetBytes(about));
        var parts = Split(packed);
        return (parts.Count > 1 ? Encoding.UTF8.GetString(parts[1]) : "", Encoding.UTF8.GetString(parts[0]));
    }

    public static byte[] MessageKey(byte[] secret) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, [], "malten enc1 message key"u8.ToArray());

    private static byte[] Pack(string name, string text)
    {
        byte[] words = Encoding.UTF8.GetBytes(text);
        byte[] content = [.. words, Separator, .. Encoding.UTF8.GetBytes(name)];
        if (content.Length > 4096) content = [.. words, Separator];
        if (content.Length > 4096) content = words;
        var packed = new byte[Steps.First(step => step >= content.Length)];
        content.CopyTo(packed, 0);
        if (packed.Length > content.Length) packed[content.Length] = Separator;
        return packed;
    }

    private static List<byte[]> Split(byte[] packed)
    {
        var parts = new List<byte[]>();
        var from = 0;
        for (var i = 0; i <= packed.Length; i++)
        {
            if (i < packed.Length && packed[i] != Separator) continue;
            parts.Add(packed[from..i]);
            from = i + 1;
        }

        return parts;
    }
}
