using System.Runtime.Versioning;
using System.Text;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>A link to an open stream.</summary>
[UnsupportedOSPlatform("browser")]
public sealed class StreamLink : MaltenLink
{
    private const string OpenStream = "_";

    private StreamLink(Uri? node, string stream) : base(node, stream)
    {
    }

    private protected override string Fragment => Uri.EscapeDataString(Stream);

    /// <summary>The stream's name.</summary>
    public override string ToString() => Printable.Line($"stream {Stream}");

    internal static StreamLink Of(Uri? node, string name) =>
        new(node, Normalized.Of(name, NormalizationForm.FormC).Trim() is { Length: > 0 } stream ? stream : OpenStream);
}
