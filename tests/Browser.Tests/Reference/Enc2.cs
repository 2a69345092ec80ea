using System.Security.Cryptography;
using static Malten.Browser.Tests.Reference.Bytes;

namespace Malten.Browser.Tests.Reference;

/// <summary>What a message of an encrypted stream says about itself; hashes and keys are in base64url.</summary>
public sealed record Enc2Content(
    string Author, long Number, long Skipped, long Time, string Previous, IReadOnlyList<string> Seen, string Name, string Text);

/// <summary>What a secret is for, as its derivations name it.</summary>
public enum Enc2Use
{
    /// <summary>A stream that the server holds.</summary>
    Enc2,

    /// <summary>One that leaves no trace.</summary>
    Trace,
}

/// <summary>An encrypted stream in the format enc2, written from docs/encryption.md.</summary>
public sealed class Enc2(byte[] secret, Enc2Use use = Enc2Use.Enc2)
{
    private const long LatestTime = 8_640_000_000_000_000;
    private const long MostSkipped = 16;

    private readonly byte[] _key = Hkdf(secret, [], $"malten {Name(use)} message key", 32);

    /// <summary>Its name on the server.</summary>
    public string Stream { get; } = ToBase64Url(Hkdf(secret, [], $"malten {Name(use)} stream name", 16));

    /// <summary>The key as it stands in the link.</summary>
    public string Key { get; } = ToBase64Url([.. secret, .. Sha256(Of($"malten {Name(use)} link"), secret)[..4]]);

    /// <summary>The stream that a link opens; null when the link is damaged.</summary>
    public static Enc2? FromLink(string fragment, Enc2Use use = Enc2Use.Enc2)
    {
        var key = fragment[(fragment.LastIndexOf('/') + 1)..];
        var stream = new Enc2(FromBase64Url(key)[..32], use);
        return stream.Key == key ? stream : null;
    }

    /// <summary>Seals a message, signed by its author.</summary>
    public string Seal(ECDsa author, string id, Enc2Content content)
    {
        var body = Encode(content);
        return SealSigned(RandomNumberGenerator.GetBytes(12), id, body, Sign(author, id, body));
    }

    public byte[] Sign(ECDsa author, string id, byte[] body) =>
        author.SignData(Join(Context(id), body), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>Seals what was signed before, with a given IV.</summary>
    public string SealSigned(byte[] iv, string id, byte[] body, byte[] signature) =>
        SealPadded(iv, id, Pad([.. body, .. signature], 512, 1024, 2048, 4576));

    /// <summary>Seals bytes as they are.</summary>
    public string SealPadded(byte[] iv, string id, byte[] padded) => Prefix + ToBase64Url([.. iv, .. Encrypt(_key, iv, Context(id), padded)]);

    /// <summary>Opens a message, and says by which hash others refer to it.</summary>
    /// <exception cref="CryptographicException">It does not decrypt, or its author did not sign it.</exception>
    public (Enc2Content Content, string Hash) Open(string id, string message)
    {
        var bytes = FromBase64Url(message[Prefix.Length..]);
        var plain = Decrypt(_key, bytes[..12], Context(id), bytes[12..]);
        var fields = new Fields(plain);
        string Hash() => ToBase64Url(fields.Take(32));
        var author = fields.Take(64);
        var (number, skipped, time, previous) = (fields.BigEndian(4), fields.BigEndian(1), fields.BigEndian(8), Hash());
        var seen = Enumerable.Range(0, (int)fields.BigEndian(1)).Select(_ => Hash()).ToList();
        var (name, text) = (fields.Text(1), fields.Text(2));
        var body = plain[..fields.Taken];
        var signature = fields.Take(64);
        fields.End();
        if (skipped > Math.Min(number, MostSkipped) || time is < 0 or > LatestTime || seen.Count > 4
            || name.EnumerateRunes().Count() > 32 || text.EnumerateRunes().Count() > 1024)
            throw new CryptographicException("A field is out of its range.");
        using var key = ECDsa.Create(FromPoint([4, .. author]));
        if (!key.VerifyData(Join(Context(id), body), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
            throw new CryptographicException("The author did not sign this.");
        return (new Enc2Content(ToBase64Url(author), number, skipped, time, previous, seen, name, text), HashOf(id, body));
    }

    public string HashOf(string id, byte[] body) => ToBase64Url(Sha256(Context(id), body));

    /// <summary>All of a message but its signature.</summary>
    public static byte[] Encode(Enc2Content content) => Join(
        FromBase64Url(content.Author), BigEndian(content.Number, 4), BigEndian(content.Skipped, 1), BigEndian(content.Time, 8),
        FromBase64Url(content.Previous),
        BigEndian(content.Seen.Count, 1), [.. content.Seen.SelectMany(FromBase64Url)],
        BigEndian(Of(content.Name).Length, 1), Of(content.Name), BigEndian(Of(content.Text).Length, 2), Of(content.Text));

    private static string Name(Enc2Use use) => use == Enc2Use.Trace ? "trace" : "enc2";

    private byte[] Context(string id) => Of($"malten enc2 message\n{Stream}\n{id}\n");
}
