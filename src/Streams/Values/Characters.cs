using System.Buffers;
using System.Text;

namespace Malten.Streams.Values;

/// <summary>Counts characters as the contract does: Unicode scalar values (The Unicode Standard, D76).</summary>
internal static class Characters
{
    /// <summary>The number of scalar values, or -1 when a surrogate stands alone.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        var count = 0;
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var length) != OperationStatus.Done) return -1;
            text = text[length..];
            count++;
        }

        return count;
    }

    /// <summary>Refuses a text that is not 1 to <paramref name="most"/> characters of valid Unicode.</summary>
    public static void Check(string text, int most, string parameter)
    {
        var count = Count(text);
        if (count < 0)
            throw StreamRefusedException.BadValue(parameter, $"'{parameter}' is not valid Unicode: a surrogate stands alone.");
        if (count == 0)
            throw StreamRefusedException.BadValue(parameter, $"'{parameter}' is empty; give 1 to {most} characters.");
        if (count > most)
            throw StreamRefusedException.BadValue(parameter, $"'{parameter}' has {count} characters; at most {most} are allowed.");
    }
}
