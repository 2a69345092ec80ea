using System.Runtime.Versioning;

namespace Malten.Client.Encryption;

/// <summary>What a message of an encrypted stream says about itself; hashes and keys are in base64url.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed record Enc2Content
{
    /// <summary>How many numbers in a row one message can give up.</summary>
    public const int MostSkipped = 16;

    /// <summary>How many messages of others one can name.</summary>
    public const int MostSeen = 4;

    public const int AuthorLength = 64;

    /// <summary>The hash "before" an author's first message.</summary>
    public static readonly string None = Bytes.ToBase64Url(new byte[Bytes.HashLength]);

    /// <summary>The author's public key, x and y.</summary>
    public required string Author { get; init; }

    /// <summary>Of the author's messages, from 0.</summary>
    public required uint Number { get; init; }

    /// <summary>How many numbers right before this one could not be sent and were given up.</summary>
    public required int Skipped { get; init; }

    /// <summary>Unix milliseconds by the author's clock.</summary>
    public required ulong Time { get; init; }

    /// <summary>The hash of the author's message before those.</summary>
    public required string Previous { get; init; }

    /// <summary>Hashes of the newest messages of others that the author had read.</summary>
    public required IReadOnlyList<string> Seen { get; init; }

    public required string Name { get; init; }

    public required string Text { get; init; }

    /// <summary>All of a message but its signature.</summary>
    public byte[] Encode()
    {
        var writer = new FieldWriter().Add(Bytes.FromBase64Url(Author)).AddUInt32(Number).AddByte(Skipped).AddUInt64(Time)
            .Add(Bytes.FromBase64Url(Previous)).AddByte(Seen.Count);
        foreach (var hash in Seen) writer.Add(Bytes.FromBase64Url(hash));
        var (name, text) = (Bytes.Utf8(Name), Bytes.Utf8(Text));
        return writer.AddByte(name.Length).Add(name).AddUInt16(text.Length).Add(text).ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> writes, and leaves what follows it.</summary>
    /// <exception cref="FormatException">It is not well formed.</exception>
    /// <exception cref="ArgumentException">A text is not UTF-8.</exception>
    public static Enc2Content Decode(ref Fields fields)
    {
        var author = Bytes.ToBase64Url(fields.Take(AuthorLength));
        var (number, skipped, time, previous) = (fields.TakeUInt32(), fields.TakeByte(), fields.TakeUInt64(), fields.TakeHash());
        var seen = new string[fields.TakeByte()];
        if (skipped > Math.Min(number, MostSkipped) || time > TextLimits.LatestTime || seen.Length > MostSeen)
            throw new FormatException("A field is out of its range.");
        for (var i = 0; i < seen.Length; i++) seen[i] = fields.TakeHash();
        return new Enc2Content
        {
            Author = author, Number = number, Skipped = skipped, Time = time, Previous = previous, Seen = seen,
            Name = fields.TakeShortText(TextLimits.LongestName), Text = fields.TakeText(TextLimits.LongestText),
        };
    }
}
