using System.Runtime.Versioning;

namespace Malten.Client.Encryption;

/// <summary>What a message of a pipe holds.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed record PipeContent
{
    /// <summary>How many texts a message can name as missing.</summary>
    public const int MostMissing = 16;

    private static readonly int[] Sizes = [128, 256, 512, 1024, 2048, 4320];

    public required PipeKind Kind { get; init; }

    /// <summary>How many texts its side has written, a text itself included.</summary>
    public required uint Number { get; init; }

    /// <summary>How many of the last of these, a text itself not included, could not be sent and were given up.</summary>
    public required int Skipped { get; init; }

    /// <summary>The highest number of the other side's texts that has arrived or was skipped.</summary>
    public required uint Newest { get; init; }

    /// <summary>Which of the lower ones have not.</summary>
    public required IReadOnlyList<uint> Missing { get; init; }

    /// <summary>Unix milliseconds by its side's clock.</summary>
    public required ulong Time { get; init; }

    public string Name { get; init; } = "";

    public string Text { get; init; } = "";

    /// <summary>All of it, padded.</summary>
    public byte[] Encode()
    {
        var writer = new FieldWriter().AddByte((int)Kind).AddUInt32(Number).AddByte(Skipped).AddUInt32(Newest).AddByte(Missing.Count);
        foreach (var number in Missing) writer.AddUInt32(number);
        var (name, text) = (Bytes.Utf8(Name), Bytes.Utf8(Text));
        return Bytes.Pad(writer.AddUInt64(Time).AddByte(name.Length).Add(name).AddUInt16(text.Length).Add(text).ToArray(), Sizes);
    }

    /// <summary>Null when it is not well formed.</summary>
    public static PipeContent? Decode(byte[] plain)
    {
        try
        {
            var fields = new Fields(plain);
            var (kind, number, skipped, newest) = ((PipeKind)fields.TakeByte(), fields.TakeUInt32(), fields.TakeByte(), fields.TakeUInt32());
            var missing = new uint[fields.TakeByte()];
            for (var i = 0; i < missing.Length; i++) missing[i] = fields.TakeUInt32();
            var content = new PipeContent
            {
                Kind = kind, Number = number, Skipped = skipped, Newest = newest, Missing = missing, Time = fields.TakeUInt64(),
                Name = fields.TakeShortText(TextLimits.LongestName), Text = fields.TakeText(TextLimits.LongestText),
            };
            fields.End();
            return skipped <= number && missing.Length <= MostMissing && content.Time <= TextLimits.LatestTime ? content : null;
        }
        catch (Exception broken) when (broken is FormatException or ArgumentException)
        {
            return null;
        }
    }
}

/// <summary>What a message of a pipe is for.</summary>
internal enum PipeKind : byte
{
    /// <summary>It only acknowledges.</summary>
    Note,

    /// <summary>It has a text.</summary>
    Text,

    /// <summary>Its side leaves.</summary>
    Farewell,

    /// <summary>Its text is about a byte stream: no person sees it.</summary>
    Bytes,
}
