using System.Globalization;

namespace Malten.Client.Encryption;

/// <summary>What the ends of a byte stream tell each other in messages of the pipe.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Channel">0–15.</param>
/// <param name="Number">Of a record; 0 where it says nothing.</param>
internal sealed record ByteWord(ByteWordKind Kind, int Channel, long Number)
{
    /// <summary>As it stands in a message.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind.ToString().ToLowerInvariant()} {Channel} {Number}");

    /// <summary>Null when it is none.</summary>
    public static ByteWord? Parse(string text) => text.Split(' ') is [var word, var channel, var number]
        && Kinds.TryGetValue(word, out var kind)
        && int.TryParse(channel, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < ByteKeys.Channels
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var record)
            ? new ByteWord(kind, at, record) : null;

    private static readonly Dictionary<string, ByteWordKind> Kinds =
        Enum.GetValues<ByteWordKind>().ToDictionary(kind => kind.ToString().ToLowerInvariant());
}

/// <summary>Words about a byte stream.</summary>
internal enum ByteWordKind
{
    /// <summary>The receiver is about to receive, from this record on.</summary>
    From,

    /// <summary>The receiver has all records before this one.</summary>
    Have,

    /// <summary>The sender could not send: the receiver is to receive anew.</summary>
    Again,

    /// <summary>The other side can't go on, in either direction.</summary>
    Stop,
}
