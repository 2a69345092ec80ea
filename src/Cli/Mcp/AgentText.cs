using System.Text;
using Malten.Client;
using Malten.Client.Encryption;

namespace Malten.Cli.Mcp;

/// <summary>
/// What an agent is given of something that others wrote: as people would see it on a terminal. A model reads characters that nobody
/// sees, so instructions could be hidden in them (Unicode's tags and variation selectors).
/// </summary>
internal static class AgentText
{
    /// <summary>Control characters, and those that are invisible and no part of writing or emoji, are replaced.</summary>
    public static string Of(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var rune in Printable.Text(text).EnumerateRunes()) shown.Append(IsShown(rune) ? rune : Rune.ReplacementChar);
        return shown.ToString();
    }

    /// <summary>As <see cref="Of(string)"/>, on one line.</summary>
    public static string Line(string text) => Of(Printable.Line(text));

    private static bool IsShown(Rune rune) => rune.Value is '\n' or '\t' or 0x200C or 0x200D or 0xFE0E or 0xFE0F || !VisibleName.IsHidden(rune);
}
