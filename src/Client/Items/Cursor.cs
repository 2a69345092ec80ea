namespace Malten.Client;

/// <summary>
/// A place from which to listen: the timestamp of the last message heard, for each of the streams in the order in which they
/// are listened to. A single timestamp stands for every stream.
/// </summary>
public sealed class Cursor
{
    /// <summary>Creates a cursor from one timestamp for all streams, or one for each in their order.</summary>
    /// <exception cref="ArgumentException">There is no timestamp.</exception>
    public Cursor(params IReadOnlyList<Timestamp> timestamps)
    {
        ArgumentNullException.ThrowIfNull(timestamps);
        if (timestamps.Count == 0) throw new ArgumentException("A cursor needs a timestamp.", nameof(timestamps));
        Timestamps = [.. timestamps];
    }

    /// <summary>Before the first message: listening from here brings everything that is held, and then what comes.</summary>
    public static Cursor Beginning { get; } = new(Timestamp.Beginning);

    /// <summary>One for all streams, or one for each.</summary>
    public IReadOnlyList<Timestamp> Timestamps { get; }

    /// <summary>Reads timestamps separated by commas, as <see cref="ToString"/> writes them.</summary>
    /// <exception cref="FormatException">One of them is no timestamp.</exception>
    public static Cursor Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new Cursor([.. text.Split(',').Select(part => Timestamp.Parse(part, null))]);
    }

    /// <summary>The timestamps, separated by commas, as the wire contract has them.</summary>
    public override string ToString() => string.Join(',', Timestamps);
}
