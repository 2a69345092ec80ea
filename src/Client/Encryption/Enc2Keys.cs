using System.Runtime.Versioning;

namespace Malten.Client.Encryption;

/// <summary>What the secret of a link to an encrypted stream leads to: a kind of such streams has keys of its own.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class Enc2Keys
{
    public const int SecretLength = 32;
    private const int CheckLength = 4;
    private const int NameLength = 16;

    /// <summary>Streams that servers hold.</summary>
    public const string Held = "enc2";

    /// <summary>Streams that leave no trace.</summary>
    public const string Trace = "trace";

    /// <param name="secret">32 bytes.</param>
    /// <param name="use">The kind of stream.</param>
    public Enc2Keys(byte[] secret, string use = Held)
    {
        LinkKey = Bytes.ToBase64Url(Bytes.Join(secret, Check(secret, use)));
        Stream = Bytes.ToBase64Url(Bytes.Hkdf(secret, [], $"malten {use} stream name", NameLength));
        MessageKey = Bytes.Hkdf(secret, [], $"malten {use} message key", Bytes.KeyLength);
        SignalKey = Bytes.Hkdf(secret, [], $"malten {use} signal key", Bytes.KeyLength);
    }

    /// <summary>The key as it stands in the link: the secret, with a check.</summary>
    public string LinkKey { get; }

    /// <summary>The stream's name on the server.</summary>
    public string Stream { get; }

    public byte[] MessageKey { get; }

    /// <summary>Of what those who take part say to each other besides messages; used in streams that leave no trace.</summary>
    public byte[] SignalKey { get; }

    /// <summary>The keys of a link; null when a character of its key is missing or wrong.</summary>
    public static Enc2Keys? FromLink(ReadOnlySpan<char> key, string use = Held)
    {
        if (Bytes.FromBase64Url(key, SecretLength + CheckLength) is not { } bytes) return null;
        var keys = new Enc2Keys(bytes[..SecretLength], use);
        return key.SequenceEqual(keys.LinkKey) ? keys : null;
    }

    private static byte[] Check(byte[] secret, string use) => Bytes.Sha256(Bytes.Utf8($"malten {use} link"), secret)[..CheckLength];
}
