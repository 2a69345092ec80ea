using System.Text.RegularExpressions;

namespace Malten.Gateway.Calls;

/// <summary>The address of a STUN or a TURN server, as RFC 7064 and RFC 7065 write it.</summary>
/// <param name="Text">The address.</param>
/// <param name="Relays">Whether it is a TURN server, which relays and takes nobody without credentials.</param>
internal sealed partial record IceUrl(string Text, bool Relays)
{
    /// <summary>Reads an address; null where it is none.</summary>
    public static IceUrl? TryParse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success || (match.Groups["port"].Success && !ushort.TryParse(match.Groups["port"].Value, out _))) return null;
        return new IceUrl(text, match.Groups["turn"].Success);
    }

    [GeneratedRegex("""
        ^(?:stuns?|(?<turn>turns?)):
        (?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])
        (?::(?<port>[1-9][0-9]{0,4}))?
        (?(turn)(?:\?transport=(?:udp|tcp))?)\z
        """, RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Form();
}
