using System.Buffers.Binary;
using System.Buffers.Text;

namespace Malten.Bench.Load.Checks;

/// <summary>
/// The text of a posted message: <c>~PPPPSSSSSSSSSSSS.TTTTTTTTTTTTTTTT.</c> and filling, where P is the publisher, S its
/// sequence number and T the intended send time in nanoseconds since the program began. The width is fixed, so that
/// the text is written in place, and found by one byte that occurs nowhere else in an event: no JSON is parsed.
/// </summary>
internal static class MessageText
{
    public const int Shortest = 35;
    public const byte Mark = (byte)'~';

    private const long SequencesPerPublisher = 1_000_000_000_000;
    private const int TimeAt = 18;
    private const string Filling = "the quick brown fox jumps over the lazy dog and ";

    private static readonly System.Buffers.StandardFormat Digits = new('D', 16);

    /// <summary>A text of the given length, to be filled in by <see cref="Write"/>.</summary>
    public static string Template(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, Shortest);
        return "~0000000000000000.0000000000000000."
            + string.Create(length - Shortest, 0, (filling, _) =>
            {
                for (var i = 0; i < filling.Length; i++) filling[i] = Filling[i % Filling.Length];
            }).TrimEnd().PadRight(length - Shortest, '.');
    }

    /// <summary>Publisher and sequence number in one.</summary>
    public static long Key(int publisher, long sequence) => (publisher * SequencesPerPublisher) + sequence;

    public static (int Publisher, long Sequence) Split(long key) =>
        ((int)(key / SequencesPerPublisher), key % SequencesPerPublisher);

    public static void Write(Span<byte> text, long key, long intended)
    {
        WriteKey(text[1..], key);
        Utf8Formatter.TryFormat(intended, text[TimeAt..], out _, Digits);
    }

    /// <summary>Writes the sixteen digits of publisher and sequence number.</summary>
    public static void WriteKey(Span<byte> digits, long key) => Utf8Formatter.TryFormat(key, digits, out _, Digits);

    /// <summary>Reads a text that begins with the mark.</summary>
    public static (long Key, long Intended) Read(ReadOnlySpan<byte> text)
    {
        if (text.Length < Shortest || text[TimeAt - 1] != '.' || text[Shortest - 1] != '.')
            throw new InvalidDataException("a message's text was changed on its way");
        return (Read16(text[1..]), Read16(text[TimeAt..]));
    }

    private static long Read16(ReadOnlySpan<byte> digits) => (Read8(digits) * 100_000_000L) + Read8(digits[8..]);

    // Eight digits at once: pairs, then fours, then all, each by one multiplication.
    private static uint Read8(ReadOnlySpan<byte> digits)
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(digits) - 0x3030303030303030;
        value = (value * 10) + (value >> 8);
        return (uint)((((value & 0x000000FF000000FF) * 0x000F424000000064)
            + (((value >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32);
    }
}
