using System.Globalization;
using System.Text;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// Makes of a name that somebody else chose one that is safe in a folder of any system: no separators and so no other folder, no <c>.</c>
/// and <c>..</c>, nothing that is hidden or is taken for an option, no device of Windows, no control characters or such as nobody sees, and
/// no <c>.malten-part</c> at the end, which files have that are not whole yet.
/// </summary>
public static class SafeFileName
{
    /// <summary>How the names of files end that are not whole yet, and no others.</summary>
    internal const string PartSuffix = ".malten-part";

    private const string Nameless = "file";
    private const string Forbidden = "/\\:*?\"<>|";
    private const char Replacement = '_';
    private const int LongestExtension = 20; // bytes of UTF-8

    /// <summary>File systems take 255 bytes; what stands after the name while it comes needs some of them.</summary>
    private const int Longest = 200;

    private static readonly string[] Devices = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"];

    /// <summary>The name as a disk may have it: 1–200 bytes of UTF-8. Names that are safe stay as they are, in Unicode's form C.</summary>
    public static string Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var safe = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes()) // half of a pair becomes U+FFFD
        {
            if (IsInvisible(rune)) continue;
            if (rune.IsAscii && (rune.Value < ' ' || Forbidden.Contains((char)rune.Value, StringComparison.Ordinal))) safe.Append(Replacement);
            else safe.Append(rune);
        }

        var visible = VisibleName.Of(safe.ToString()).Normalize(NormalizationForm.FormC);
        var whole = Shorten(JoinSpaces(visible).Trim()).TrimEnd('.', ' ');
        if (whole.Length == 0) return Nameless;
        if (whole[0] is '.' or '-' or '~' || IsDevice(whole)) whole = Replacement + whole;
        return whole.EndsWith(PartSuffix, StringComparison.OrdinalIgnoreCase)
            ? $"{whole[..^PartSuffix.Length]}{Replacement}{whole[^(PartSuffix.Length - 1)..]}" : whole;
    }

    /// <summary>Characters that nobody sees, and those that turn the writing around: <c>exe.jpg</c> could be the end of <c>gpj.exe</c>.</summary>
    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        || (Rune.IsControl(rune) && rune.Value >= 0x7F);

    /// <summary>Of several spaces the first: the end of a name stays where it is seen.</summary>
    private static string JoinSpaces(string name) =>
        string.Concat(name.Where((one, at) => at == 0 || !char.IsWhiteSpace(one) || !char.IsWhiteSpace(name[at - 1])));

    private static bool IsDevice(string name)
    {
        var stem = name.Split('.')[0].TrimEnd();
        if (Devices.Contains(stem, StringComparer.OrdinalIgnoreCase)) return true;
        return stem.Length == 4 && (stem.StartsWith("COM", StringComparison.OrdinalIgnoreCase) || stem.StartsWith("LPT", StringComparison.OrdinalIgnoreCase))
            && (char.IsAsciiDigit(stem[3]) || stem[3] is '\u00B9' or '\u00B2' or '\u00B3');
    }

    /// <summary>Cuts out of the middle: the extension stays.</summary>
    private static string Shorten(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= Longest) return name;
        var dot = name.LastIndexOf('.');
        var extension = dot > 0 && Encoding.UTF8.GetByteCount(name[dot..]) <= LongestExtension ? name[dot..] : "";
        var (stem, length) = (new StringBuilder(), Encoding.UTF8.GetByteCount(extension));
        foreach (var rune in name[..^extension.Length].EnumerateRunes())
        {
            if ((length += rune.Utf8SequenceLength) > Longest) break;
            stem.Append(rune);
        }

        return stem.Append(extension).ToString();
    }
}
