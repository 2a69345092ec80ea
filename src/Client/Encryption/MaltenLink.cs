using System.Diagnostics.CodeAnalysis;
using System.Runtime.Versioning;
using Malten.Client.Connections;

namespace Malten.Client;

/// <summary>
/// A link as the page has them: <c>https://malten.example/#/e/label/key</c> opens an encrypted stream, <c>#/t/…</c> one that
/// leaves no trace, <c>#/p/…</c> a pipe, and <c>#name</c> an open stream. What follows the <c>#</c> is never sent to a server, so it
/// may hold keys. Making and reading links uses nothing up and sends nothing.
/// </summary>
[UnsupportedOSPlatform("browser")]
public abstract class MaltenLink
{
    private const string NoNode = "What stands before the '#' of a link is the address of a node, such as https://malten.example/.";
    private const string Damaged = "This link is incomplete or damaged. Ask for it again, and copy all of it.";

    private protected MaltenLink(Uri? node, string stream) => (Node, Stream) = (node is null ? null : NodeList.Base(node), stream);

    /// <summary>The node that the link names; null when it has none, or a page that was saved to a disk.</summary>
    public Uri? Node { get; }

    /// <summary>The stream's name on the server.</summary>
    public string Stream { get; }

    /// <summary>What follows the <c>#</c>.</summary>
    private protected abstract string Fragment { get; }

    /// <summary>Reads a link: a whole address, or what begins with its <c>#</c>.</summary>
    /// <exception cref="FormatException">It is no link, or damaged. The message holds nothing of it.</exception>
    public static MaltenLink Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = text.Trim();
        var hash = text.IndexOf('#', StringComparison.Ordinal);
        if (hash < 0) throw new FormatException("A link has a '#', such as https://malten.example/#/e/label/key.");
        return OfFragment(NodeOf(text[..hash]), text[(hash + 1)..]);
    }

    /// <summary>As <see cref="Parse"/>, without an exception.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out MaltenLink? link)
    {
        try
        {
            link = Parse(text);
            return true;
        }
        catch (FormatException)
        {
            link = null;
            return false;
        }
    }

    /// <summary>The whole link, with all of its secrets: whoever reads it may use it.</summary>
    /// <param name="node">The node whose page it opens; null for <see cref="Node"/>, or for what begins with <c>#</c> where that is null.</param>
    /// <exception cref="ArgumentException">
    /// It is no address of a node. One with a user or a password is none: whoever gets the link would have them.
    /// </exception>
    public string ToText(Uri? node = null) => $"{(node is null ? Node : NodeList.Base(node))}#{Fragment}";

    /// <summary>What it opens, without secrets.</summary>
    public abstract override string ToString();

    private protected static FormatException IsDamaged() => new(Damaged);

    /// <exception cref="FormatException">It is no address of a page.</exception>
    private static Uri? NodeOf(string address)
    {
        if (address.Length == 0) return null;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var page)) throw new FormatException(NoNode);
        if (page.IsFile) return null; // a page on a disk
        if (page.Scheme is not ("http" or "https")) throw new FormatException(NoNode); // also of 'malten.example:8443', which reads as a scheme
        if (page.UserInfo.Length > 0) throw new FormatException("A link has no user in its address.");
        return new Uri(page, "."); // without /malten.html, and without a query
    }

    private static MaltenLink OfFragment(Uri? node, string fragment)
    {
        var decoded = fragment;
        // Some programs escape a link once more when they pass it on.
        for (var last = ""; !decoded.StartsWith('/') && decoded != last;) (last, decoded) = (decoded, Uri.UnescapeDataString(decoded));
        if (!decoded.StartsWith('/') && decoded.Contains('/', StringComparison.Ordinal)) throw IsDamaged();
        if (!decoded.StartsWith('/')) return StreamLink.Of(node, Uri.UnescapeDataString(fragment));
        return decoded switch
        {
            ['/', 'e', '/', .. var rest] => EncryptedLink.Of(node, rest),
            ['/', 't', '/', .. var rest] => TraceLink.Of(node, rest),
            ['/', 'p', '/', .. var rest] => PipeLink.Of(node, rest),
            _ => throw IsDamaged(),
        };
    }
}
