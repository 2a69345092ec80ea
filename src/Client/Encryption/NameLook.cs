using System.Globalization;
using System.Runtime.Versioning;
using System.Text;

namespace Malten.Client.Encryption;

/// <summary>What two names that people may confuse have in common, as docs/encryption.md describes it.</summary>
[UnsupportedOSPlatform("browser")]
internal static class NameLook
{
    // Letters of other alphabets, and digits, that look like Latin letters in one case or the other (the common ones of Unicode's UTS 39).
    private const string Looks = "авеікмнорсутхѕјһԁԛԝѵӏгүѡҽԍьαβεζηικμνορτυχγσςϳΝΥıi1|0ɑɡɪɩʋᴄᴏᴜᴠᴡᴢꜱʏօսհոզց";
    private const string Like = "abelkmhopcytxsjhdqwvlrywegbabezhlkmvoptuxyocjnylllloagllucouvwzsyouhnqg";

    /// <summary>The look of a name; empty when nobody sees anything of it.</summary>
    public static string Of(string name)
    {
        var composed = Normalized.Of(name, NormalizationForm.FormKC);
        var look = new StringBuilder();
        foreach (var rune in composed.EnumerateRunes())
        {
            if (IsSeen(rune)) look.Append(LookOf(rune) ?? LookOf(Rune.ToLowerInvariant(rune)) ?? Rune.ToLowerInvariant(rune).ToString());
        }

        look.Replace("rn", "m").Replace("vv", "w");
        return look.Length > 0 ? look.ToString() : VisibleName.Of(composed);
    }

    /// <summary>A letter, a digit or a symbol, without two Hangul fillers and a Braille blank.</summary>
    private static bool IsSeen(Rune rune) =>
        (Rune.IsLetter(rune) || Rune.IsNumber(rune) || Rune.IsSymbol(rune)) && rune.Value is not (0x115F or 0x1160 or 0x2800);

    private static string? LookOf(Rune rune) =>
        rune.IsBmp && Looks.IndexOf((char)rune.Value, StringComparison.Ordinal) is >= 0 and var at ? Like[at].ToString(CultureInfo.InvariantCulture) : null;
}
