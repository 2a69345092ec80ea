using System.Runtime.Versioning;
using System.Security.Cryptography;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// A link to a stream that leaves no trace, <c>#/t/label/key</c>. No server holds what is said there: it lives with those who said
/// it, and goes with them. The format is that of docs/encryption.md.
/// </summary>
[UnsupportedOSPlatform("browser")]
public sealed class TraceLink : MaltenLink
{
    private TraceLink(Uri? node, string label, Enc2Keys keys) : base(node, keys.Stream) => (Label, Keys) = (label, keys);

    /// <summary>What people call the stream. It is part of the link, and servers never see it.</summary>
    public string Label { get; }

    internal Enc2Keys Keys { get; }

    private protected override string Fragment => $"/t/{Uri.EscapeDataString(Label)}/{Keys.LinkKey}";

    /// <summary>Makes a link with a new key of 256 bits. Sends nothing.</summary>
    /// <param name="label">What people call the stream.</param>
    /// <param name="node">The node that the link names; null for none.</param>
    /// <exception cref="ArgumentException">It is no address of a node.</exception>
    public static TraceLink New(string label = EncryptedLink.DefaultLabel, Uri? node = null)
    {
        ArgumentNullException.ThrowIfNull(label);
        return new TraceLink(node, label, new Enc2Keys(RandomNumberGenerator.GetBytes(Enc2Keys.SecretLength), Enc2Keys.Trace));
    }

    /// <summary>Reads a link to a stream that leaves no trace.</summary>
    /// <exception cref="FormatException">It is no such link, or damaged.</exception>
    public static new TraceLink Parse(string text) =>
        MaltenLink.Parse(text) as TraceLink ?? throw new FormatException("This link opens no stream that leaves no trace.");

    /// <summary>The label and the stream's name on the server, without the key.</summary>
    public override string ToString() => Printable.Line($"stream {Stream} ({Label}), which leaves no trace");

    internal static TraceLink Of(Uri? node, string rest)
    {
        var slash = rest.LastIndexOf('/');
        if (slash < 0 || Enc2Keys.FromLink(rest.AsSpan(slash + 1), Enc2Keys.Trace) is not { } keys) throw IsDamaged();
        return new TraceLink(node, Uri.UnescapeDataString(rest[..slash]) is { Length: > 0 } label ? label : EncryptedLink.DefaultLabel, keys);
    }
}
