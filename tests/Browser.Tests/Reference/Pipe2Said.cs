using static Malten.Browser.Tests.Reference.Bytes;

namespace Malten.Browser.Tests.Reference;

/// <summary>What a message of a pipe holds: for what it is, and how many texts were written and have arrived.</summary>
public sealed record Pipe2Said(int Kind, long Number, long Received, long Time, string Name, string Text)
{
    public const int Note = 0;
    public const int Words = 1;
    public const int Farewell = 2;

    public byte[] Encode() => Pad(Join(
        BigEndian(Kind, 1), BigEndian(Number, 4), BigEndian(Received, 4), BigEndian(Time, 8),
        BigEndian(Of(Name).Length, 1), Of(Name), BigEndian(Of(Text).Length, 2), Of(Text)), 128, 256, 512, 1024, 2048, 4256);

    public static Pipe2Said Decode(byte[] plain)
    {
        var fields = new Fields(plain);
        var said = new Pipe2Said((int)fields.BigEndian(1), fields.BigEndian(4), fields.BigEndian(4), fields.BigEndian(8), fields.Text(1), fields.Text(2));
        fields.End();
        return said;
    }
}
