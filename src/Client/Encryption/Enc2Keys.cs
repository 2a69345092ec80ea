using System.Runtime.Versioning;

namespace Malten.Client.Encryption;

/// <summary>What the secret of an encrypted stream's link leads to.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class Enc2Keys
{
    public const int SecretLength = 32;
    private const int CheckLength = 4;
    private const int NameLength = 16;

    /// <param name="secret">32 bytes.</param>
    public Enc2Keys(byte[] secret)
    {
        LinkKey = Bytes.ToBase64Url(Bytes.Join(secret, Check(secret)));
        Stream = Bytes.ToBase64Url(Bytes.Hkdf(secret, [], "malten enc2 stream name", NameLength));
        MessageKey = Bytes.Hkdf(secret, [], "malten enc2 message key", Bytes.KeyLength);
    }

    /// <summary>The key as it stands in the link: the secret, with a check.</summary>
    public string LinkKey { get; }

    /// <summary>The stream's name on the server.</summary>
    public string Stream { get; }

    public byte[] MessageKey { get; }

    /// <summary>The keys of a link; null when a character of its key is missing or wrong.</summary>
    public static Enc2Keys? FromLink(ReadOnlySpan<char> key)
    {
        if (Bytes.FromBase64Url(key, SecretLength + CheckLength) is not { } bytes) return null;
        var keys = new Enc2Keys(bytes[..SecretLength]);
        return key.SequenceEqual(keys.LinkKey) ? keys : null;
    }

    private static byte[] Check(byte[] secret) => Bytes.Sha256(Bytes.Utf8("malten enc2 link"), secret)[..CheckLength];
}
