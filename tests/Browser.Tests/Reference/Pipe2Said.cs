using static Malten.Browser.Tests.Reference.Bytes;

namespace Malten.Browser.Tests.Reference;

/// <summary>What a message of a pipe holds: for what it is, how many texts were written, and which of the other side's have arrived.</summary>
public sealed record Pipe2Said(
    int Kind, long Number, long Skipped, long Newest, IReadOnlyList<long> Missing, long Time, string Name, string Text)
{
    public const int Note = 0;
    public const int Words = 1;
    public const int Farewell = 2;

    public byte[] Encode() => Pad(Join(
        BigEndian(Kind, 1), BigEndian(Number, 4), BigEndian(Skipped, 1),
        BigEndian(Newest, 4), BigEndian(Missing.Count, 1), [.. Missing.SelectMany(one => BigEndian(one, 4))], BigEndian(Time, 8),
        BigEndian(Of(Name).Length, 1), Of(Name), BigEndian(Of(Text).Length, 2), Of(Text)), 128, 256, 512, 1024, 2048, 4320);

    public static Pipe2Said Decode(byte[] plain)
    {
        var fields = new Fields(plain);
        var (kind, number, skipped, newest) = ((int)fields.BigEndian(1), fields.BigEndian(4), fields.BigEndian(1), fields.BigEndian(4));
        var missing = Enumerable.Range(0, (int)fields.BigEndian(1)).Select(_ => fields.BigEndian(4)).ToList();
        var said = new Pipe2Said(kind, number, skipped, newest, missing, fields.BigEndian(8), fields.Text(1), fields.Text(2));
        fields.End();
        if (skipped > number || missing.Count > 16) throw new FormatException("A field is out of its range.");
        return said;
    }
}
