using System.Text;

namespace Malten.Client.Encryption;

/// <summary>Unicode's normal forms of what strangers wrote, whatever that is.</summary>
internal static class Normalized
{
    /// <summary>.NET refuses to normalize a text with this noncharacter. It is in no composition, so what stands round it is normalized by itself.</summary>
    private const char Refused = '\uFFFE';

    /// <summary>The text in a normal form, with halves of surrogate pairs replaced by U+FFFD.</summary>
    public static string Of(string text, NormalizationForm form)
    {
        var whole = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) whole.Append(rune);
        return string.Join(Refused, whole.ToString().Split(Refused).Select(part => part.Normalize(form)));
    }
}
