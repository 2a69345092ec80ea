using System.Globalization;
using System.Text;

namespace Malten.Browser.Tests.Reference;

/// <summary>A message as a reader has it: what it says about itself, its id and hash, and the server's date.</summary>
public sealed record Enc2Entry(
    string Id, string Hash, long Created, string Author, long Number, long Skipped, long Time, string Previous, IReadOnlyList<string> Seen, string Name);

/// <summary>A message that a reader was shown before, and the server's first date for it.</summary>
public sealed record Enc2Known(string Id, string Hash, long Created, string Author, string Name);

/// <summary>What the messages of an encrypted stream say about each other, written from docs/encryption.md.</summary>
public sealed class Enc2History(IReadOnlyList<Enc2Entry> entries, bool isWhole, IReadOnlyList<Enc2Known> known, long since)
{
    private const long Clocks = 120_000;
    private const long Delivery = 60_000;

    private const string Looks = "авеікмнорсутхѕјһԁԛԝѵӏгүѡҽԍьαβεζηικμνορτυχγσςϳΝΥıi1|0ɑɡɪɩʋᴄᴏᴜᴠᴡᴢꜱʏօսհոզց";
    private const string Like = "abelkmhopcytxsjhdqwvlrywegbabezhlkmvoptuxyocjnylllloagllucouvwzsyouhnqg";

    /// <summary>Two Hangul fillers and a Braille blank.</summary>
    private const string Unseen = "\u115F\u1160\u2800";

    private static readonly string None = Bytes.ToBase64Url(new byte[32]);

    /// <summary>The findings for each message that has any, by its id.</summary>
    public Dictionary<string, List<string>> Findings() =>
        entries.Select((entry, place) => (entry.Id, Kinds: Of(entry, place).ToList())).Where(one => one.Kinds.Count > 0)
            .ToDictionary(one => one.Id, one => one.Kinds);

    private IEnumerable<string> Of(Enc2Entry entry, int place)
    {
        var above = entries.Take(place).Where(other => other.Author == entry.Author).Select(other => other.Number).ToList();
        foreach (var kind in InSequence(entry, above)) yield return kind;
        foreach (var kind in AmongOthers(entry, place)) yield return kind;
        if (Math.Abs(entry.Time - entry.Created) > Clocks) yield return "date";
        if (known.Any(one => one.Id == entry.Id && one.Created != entry.Created)) yield return "moved";
        if (known.Any(one => entries.All(other => other.Id != one.Id) && entries.LastOrDefault(other => other.Created < one.Created)?.Id == entry.Id))
            yield return "withheld";
        var written = known.Select(one => (one.Author, one.Name)).Concat(entries.Select(one => (one.Author, one.Name)));
        var look = LookOfName(entry.Name);
        if (look.Length > 0 && written.Any(other => other.Author != entry.Author && LookOfName(other.Name) == look)) yield return "namesake";
    }

    private IEnumerable<string> InSequence(Enc2Entry entry, List<long> above)
    {
        var all = entries.Where(other => other.Author == entry.Author).ToList();
        var before = entry.Number == entry.Skipped ? None : all.Find(other => other.Number == entry.Number - entry.Skipped - 1)?.Hash;
        bool IsSkipped(long number) => all.Any(other => number < other.Number && number >= other.Number - other.Skipped);
        var isTakenBack = IsSkipped(entry.Number) && all.Any(other => other.Previous == entry.Hash);
        var isAnother = all.First(other => other.Number == entry.Number).Hash != entry.Hash;
        if (isAnother || (before is not null && before != entry.Previous) || isTakenBack) yield return "changed";
        if (above.Any(number => number > entry.Number)) yield return "late";
        if (IsSkipped(entry.Number) && !isTakenBack) yield return "skipped";
        var last = above.Count > 0 ? above.Max() : -1;
        var between = Enumerable.Range((int)last + 1, (int)Math.Max(0, entry.Number - last - 1));
        var missing = between.Count(number => all.All(other => other.Number != number) && !IsSkipped(number));
        if (missing > 0 && (above.Count > 0 || isWhole)) yield return above.Count > 0 ? "missing" : "faded";
    }

    private IEnumerable<string> AmongOthers(Enc2Entry entry, int place)
    {
        var own = entries.Where(other => other.Author == entry.Author).ToList();
        var settled = own.FindIndex(other => Math.Min(other.Time, other.Created) > entries[0].Created + Delivery);
        var excused = own.Take(settled < 0 ? own.Count : settled + 1).SelectMany(other => other.Seen);
        var shown = entries.Select(other => other.Hash).Concat(known.Select(one => one.Hash));
        if (entry.Seen.Except(shown).Except(isWhole ? [] : excused).Any()) yield return "unseen";
        var isUnseen = entry.Seen.Any(hash => PlaceOf(hash) < 0);
        if (entry.Seen.Any(hash => PlaceOf(hash) > place)) yield return "before";
        var reached = entries.Take(place + 1).Where(other => other.Author == entry.Author).SelectMany(other => other.Seen).Select(PlaceOf).Append(-1).Max();
        var newest = entries.Take(place).ToList().FindLastIndex(other =>
            other.Author != entry.Author && other.Created >= since && other.Created < Math.Min(entry.Time, entry.Created) - Delivery);
        if (!isUnseen && newest > reached) yield return "behind";
    }

    private int PlaceOf(string hash) => entries.ToList().FindIndex(other => other.Hash == hash);

    private static string LookOfName(string name) => Fold(name) is { Length: > 0 } fold ? fold : Shown(name.Normalize(NormalizationForm.FormKC));

    /// <summary>What is shown of a name without letters, digits and symbols that can be seen.</summary>
    private static string Shown(string name) => string.Concat(name.EnumerateRunes().Where(rune => !Unseen.Contains(rune.ToString())
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.Control))).Trim();

    private static string Fold(string name) => string.Concat(name.Normalize(NormalizationForm.FormKC).EnumerateRunes()
        .Where(rune => (Rune.IsLetterOrDigit(rune) || Rune.IsNumber(rune) || Rune.IsSymbol(rune)) && !Unseen.Contains(rune.ToString()))
        .Select(rune => LookOf(rune) ?? LookOf(Rune.ToLowerInvariant(rune)) ?? Rune.ToLowerInvariant(rune).ToString()))
        .Replace("rn", "m", StringComparison.Ordinal).Replace("vv", "w", StringComparison.Ordinal);

    private static string? LookOf(Rune rune) =>
        Looks.IndexOf(rune.ToString(), StringComparison.Ordinal) is >= 0 and var at ? Like[at].ToString() : null;
}
