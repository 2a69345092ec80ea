using System.Text;

namespace Malten.Client.Encryption;

/// <summary>The limits of what people write, checked before it is sealed: no server can check it.</summary>
internal static class TextLimits
{
    public const int LongestName = 32;
    public const int LongestText = 1024;

    /// <summary>The latest moment that a date of JavaScript holds, in Unix milliseconds.</summary>
    public const ulong LatestTime = 8_640_000_000_000_000;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">It is blank, too long, or not well-formed UTF-16.</exception>
    public static void CheckText(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) throw new ArgumentException("A text is not blank.", nameof(text));
        if (Fields.Characters(text) > LongestText) throw new ArgumentException($"A text has up to {LongestText} characters.", nameof(text));
        CheckUnicode(text, nameof(text));
    }

    /// <exception cref="ArgumentException">It is too long, or not well-formed UTF-16.</exception>
    public static void CheckName(string name)
    {
        if (Fields.Characters(name) > LongestName) throw new ArgumentException($"A name has up to {LongestName} characters.", nameof(name));
        CheckUnicode(name, nameof(name));
    }

    /// <summary>The date of a time in Unix milliseconds; the last one that there is, for those after it.</summary>
    public static DateTimeOffset DateOf(ulong milliseconds) => milliseconds <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        ? DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds)
        : DateTimeOffset.MaxValue;

    private static void CheckUnicode(string text, string parameter)
    {
        try
        {
            _ = Strict.GetByteCount(text);
        }
        catch (EncoderFallbackException broken)
        {
            throw new ArgumentException("It has half of a surrogate pair.", parameter, broken);
        }
    }
}
