using System.Globalization;
using System.Text;
using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>Splits answers into messages.</summary>
public static class AnswerText
{
    /// <summary>The most messages that one answer may become.</summary>
    public const int MaxParts = 16;

    /// <summary>The length, in UTF-16 code units, beyond which an answer is surely cut: more than all its parts hold.</summary>
    public const int MaxLength = MaxParts * StreamLimits.TextLength * 2;

    private const string More = " …";

    // A single grapheme cluster may be longer than a message; it is then cut, but never within a character.
    private const int EndOfHugeElement = StreamLimits.TextLength / 2;

    /// <summary>
    /// Splits an answer into texts of at most 1024 characters (Unicode scalar values) at the ends of sentences, else of
    /// words, else between grapheme clusters (UAX #29). Text beyond <see cref="MaxParts"/> is dropped, marked
    /// by an ellipsis. A blank answer has no parts.
    /// </summary>
    public static IReadOnlyList<MessageText> Split(string answer)
    {
        var rest = WellFormed(answer).AsSpan().Trim();
        var parts = new List<MessageText>();
        while (!rest.IsEmpty)
        {
            var isLast = parts.Count == MaxParts - 1;
            // A part that looks encrypted would be refused, or shown as a message that nobody can decrypt.
            var lead = MessageText.IsEncrypted(rest) ? " " : "";
            var end = EndOfPart(rest, StreamLimits.TextLength - lead.Length);
            if (isLast && end < rest.Length) end = EndOfPart(rest, StreamLimits.TextLength - lead.Length - More.Length);
            var trail = isLast && end < rest.Length ? More : "";
            parts.Add(MessageText.Parse($"{lead}{rest[..end].TrimEnd()}{trail}"));
            rest = isLast ? [] : rest[end..].TrimStart();
        }

        return parts;
    }

    /// <summary>The index at which the first part of a text ends, if it may have this many characters.</summary>
    private static int EndOfPart(ReadOnlySpan<char> text, int characters)
    {
        var (element, word, sentence, end) = (0, 0, 0, 0);
        while (end < text.Length)
        {
            if (char.IsWhiteSpace(text[end]))
            {
                word = end;
                if (text[end] is '\n' or '\r' || EndsSentence(text[..end])) sentence = end;
            }

            var length = StringInfo.GetNextTextElementLength(text[end..]);
            characters -= Count(text.Slice(end, length));
            if (characters < 0) return Best(element, word, sentence, text);
            end += length;
            element = end;
            if (text[end - 1] is '。' or '！' or '？') (word, sentence) = (end, end); // these are not followed by a space
        }

        return end;
    }

    private static int Best(int element, int word, int sentence, ReadOnlySpan<char> text) =>
        // A short sentence before a very long one does not become a message by itself.
        sentence > element / 2 ? sentence
        : word > 0 ? word
        : element > 0 ? element
        : char.IsLowSurrogate(text[EndOfHugeElement]) ? EndOfHugeElement - 1
        : EndOfHugeElement;

    private static bool EndsSentence(ReadOnlySpan<char> text) =>
        text.TrimEnd("\"')]»”’*_") is [.., '.' or '!' or '?' or '…'];

    private static int Count(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes()) count++;
        return count;
    }

    /// <summary>The text with every unpaired surrogate replaced by U+FFFD.</summary>
    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
