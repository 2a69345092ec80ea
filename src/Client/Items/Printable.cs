using System.Text;

namespace Malten.Client;

/// <summary>Makes what strangers wrote safe to print: no escape sequence of theirs reaches the terminal.</summary>
internal static class Printable
{
    private const char Replacement = '\uFFFD';

    /// <summary>Lines and tabs stay; other control characters, and those that turn the direction of text, are replaced.</summary>
    public static string Text(string text)
    {
        var printable = new StringBuilder(text.Length);
        foreach (var one in text.ReplaceLineEndings("\n")) printable.Append(IsHarmful(one) ? Replacement : one);
        return printable.ToString();
    }

    /// <summary>As <see cref="Text"/>, with further lines indented, so that none of them passes for a message of its own.</summary>
    public static string Message(string text) => Text(text).Replace("\n", "\n  ", StringComparison.Ordinal);

    /// <summary>As <see cref="Text"/>, on one line and without tabs.</summary>
    public static string Line(string text) => Text(text).Replace('\n', ' ').Replace('\t', ' ');

    private static bool IsHarmful(char one) => one is not ('\n' or '\t')
        && (char.IsControl(one) || one is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F' or '\u061C');
}
