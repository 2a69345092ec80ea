using System.Text;

namespace Malten.Testing.Memory;

/// <summary>
/// A text to be searched for in the memory of processes: a random word, over and over, so that also a part of the text that
/// was left somewhere is found. It is searched for as UTF-8, as UTF-16, percent-encoded and in the escapes of JSON.
/// </summary>
public sealed class Canary
{
    private const int Length = 900; // of a text: most that a message may have
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private readonly string _word = Random.Shared.GetString(Letters, 12);

    /// <summary>What to search for.</summary>
    public IReadOnlyList<Pattern> Patterns =>
    [
        new("UTF-8", Encoding.UTF8.GetBytes(_word)), new("UTF-16", Encoding.Unicode.GetBytes(_word)),
        new("percent", Encoding.UTF8.GetBytes(Percent(_word))), new("percent, UTF-16", Encoding.Unicode.GetBytes(Percent(_word))),
        new("escaped", Encoding.UTF8.GetBytes(Escaped(_word))),
    ];

    /// <summary>A text; where it is found, the way by which it came can be read.</summary>
    public string Text(string way) => string.Concat(
        Enumerable.Range(0, Length / (_word.Length + way.Length + 4)).Select(number => $"{_word}-{way}-{number:d2}"));

    /// <summary>A text with characters that JSON escapes.</summary>
    public string TextToEscape(string way) => Text(way)[..(Length * 3 / 4)].Replace(_word, "\"\n\\😀" + _word, StringComparison.Ordinal);

    /// <summary>How the text came of which something was found, as far as that can be seen, and in which form it was found.</summary>
    public string WayOf(Found found)
    {
        var around = found.ToString();
        var start = around.IndexOf(_word + "-", StringComparison.Ordinal);
        return start < 0 ? found.Form
            : $"{found.Form} {new string([.. around[(start + _word.Length + 1)..].TakeWhile(letter => letter is >= 'a' and <= 'z' or '-')])}";
    }

    /// <summary>A text with each byte percent-encoded.</summary>
    public static string Percent(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(one => $"%{one:X2}"));

    /// <summary>A text with each character as an escape of JSON.</summary>
    public static string Escaped(string text) => string.Concat(text.Select(one => $"\\u{(int)one:x4}"));
}
