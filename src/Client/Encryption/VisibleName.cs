using System.Globalization;
using System.Text;

namespace Malten.Client.Encryption;

/// <summary>
/// What may be shown of a name: no characters that nobody sees or that turn the writing around (Unicode's
/// Default_Ignorable_Code_Point), and no tower of marks on one letter.
/// </summary>
internal static class VisibleName
{
    private const int MostMarks = 4;

    private static readonly (int First, int Last)[] Ignorable =
    [
        (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E),
        (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
        (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
    ];

    /// <summary>Latin, Greek and Cyrillic: their letters take no joiners.</summary>
    private static readonly (int First, int Last)[] Plain =
    [
        (0x41, 0x52F), (0x1C80, 0x1C8F), (0x1D00, 0x1FFF), (0x2C60, 0x2C7F), (0x2DE0, 0x2DFF), (0xA640, 0xA69F), (0xA720, 0xA7FF),
        (0xAB30, 0xAB6F), (0xFB00, 0xFB06), (0xFF21, 0xFF5A),
    ];

    /// <summary>The name as it may be shown.</summary>
    public static string Of(string name)
    {
        var shown = new StringBuilder();
        var (marks, before) = (0, default(Rune));
        foreach (var rune in Normalized.Of(name, NormalizationForm.FormC).EnumerateRunes())
        {
            if (IsHidden(rune) && !MayJoin(before, rune)) continue;
            marks = IsMark(rune) ? marks + 1 : 0;
            if (marks <= MostMarks) shown.Append(rune);
            if (rune.Value != 0xFE0F) before = rune; // a joiner may follow it in an emoji
        }

        return shown.ToString().Trim();
    }

    /// <summary>Whether nobody sees it, or it turns the writing around.</summary>
    public static bool IsHidden(Rune rune) => Rune.IsControl(rune) || IsIn(rune, Ignorable)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>Whether it is a joiner, or asks for an emoji, where scripts and emoji need it.</summary>
    private static bool MayJoin(Rune before, Rune rune) => rune.Value is 0x200C or 0x200D or 0xFE0F
        && (Rune.IsLetter(before) || IsMark(before) || Rune.GetUnicodeCategory(before) == UnicodeCategory.OtherSymbol || IsIn(before, [(0x1F3FB, 0x1F3FF)]))
        && !IsIn(before, Plain) && !IsHidden(before);

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static bool IsIn(Rune rune, ReadOnlySpan<(int First, int Last)> ranges)
    {
        foreach (var (first, last) in ranges)
            if (rune.Value >= first && rune.Value <= last) return true;
        return false;
    }
}
