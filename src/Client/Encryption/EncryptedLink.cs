using System.Runtime.Versioning;
using System.Security.Cryptography;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// A link to an encrypted stream, <c>#/e/label/key</c>. Whoever has it reads and writes there; servers see a meaningless name. The
/// format is that of docs/encryption.md.
/// </summary>
[UnsupportedOSPlatform("browser")]
public sealed class EncryptedLink : MaltenLink
{
    internal const string DefaultLabel = "secret";

    private EncryptedLink(Uri? node, string label, Enc2Keys keys) : base(node, keys.Stream) => (Label, Keys) = (label, keys);

    /// <summary>What people call the stream. It is part of the link, and servers never see it.</summary>
    public string Label { get; }

    internal Enc2Keys Keys { get; }

    private protected override string Fragment => $"/e/{Uri.EscapeDataString(Label)}/{Keys.LinkKey}";

    /// <summary>Makes a link with a new key of 256 bits. Sends nothing.</summary>
    /// <param name="label">What people call the stream.</param>
    /// <param name="node">The node that the link names; null for none.</param>
    /// <exception cref="ArgumentException">It is no address of a node.</exception>
    public static EncryptedLink New(string label = DefaultLabel, Uri? node = null)
    {
        ArgumentNullException.ThrowIfNull(label);
        return new EncryptedLink(node, label, new Enc2Keys(RandomNumberGenerator.GetBytes(Enc2Keys.SecretLength)));
    }

    /// <summary>Reads a link to an encrypted stream.</summary>
    /// <exception cref="FormatException">It is no such link, or damaged.</exception>
    public static new EncryptedLink Parse(string text) =>
        MaltenLink.Parse(text) as EncryptedLink ?? throw new FormatException("This link opens no encrypted stream.");

    /// <summary>The label and the stream's name on the server, without the key.</summary>
    public override string ToString() => Printable.Line($"encrypted stream {Stream} ({Label})");

    internal static EncryptedLink Of(Uri? node, string rest)
    {
        var slash = rest.LastIndexOf('/');
        if (slash < 0 || Enc2Keys.FromLink(rest.AsSpan(slash + 1)) is not { } keys) throw IsDamaged();
        return new EncryptedLink(node, Uri.UnescapeDataString(rest[..slash]) is { Length: > 0 } label ? label : DefaultLabel, keys);
    }
}
