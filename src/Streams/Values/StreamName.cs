using System.Buffers;

namespace Malten.Streams.Values;

/// <summary>
/// The name of a stream: 1–128 characters, Unicode NFC, no control characters, none of <c>/ ? #</c>, no white space at
/// either end. Case matters. The default value is <c>_</c>, the stream of requests that name none.
/// </summary>
public readonly record struct StreamName
{
    private static readonly SearchValues<char> Reserved = SearchValues.Create("/?#");
    private readonly string? _value;

    private StreamName(string value) => _value = value;

    /// <summary>The stream <c>_</c>.</summary>
    public static StreamName Default => default;

    /// <summary>The name as it was given.</summary>
    public string Value => _value ?? "_";

    /// <summary>A name that nobody can guess: 128 random bits in base64url (RFC 4648, section 5).</summary>
    public static StreamName Random() => new(Secret.New());

    /// <summary>Reads a name.</summary>
    /// <exception cref="StreamRefusedException">It is outside the limits.</exception>
    public static StreamName Parse(string value)
    {
        Characters.Check(value, StreamLimits.NameLength, "stream");
        if (value.AsSpan().ContainsAny(Reserved))
            throw StreamRefusedException.BadValue("stream", "A stream name may not contain '/', '?' or '#'.");
        if (value.Any(char.IsControl))
            throw StreamRefusedException.BadValue("stream", "A stream name may not contain control characters.");
        if (char.IsWhiteSpace(value[0]) || char.IsWhiteSpace(value[^1]))
            throw StreamRefusedException.BadValue("stream", "A stream name may not begin or end with white space.");
        // IsNormalized takes U+FFFE for a byte order mark and throws; U+FFFF, which normalizes the same way, stands in for it.
        if (!value.Replace('\ufffe', '\uffff').IsNormalized())
            throw StreamRefusedException.BadValue("stream", "A stream name must be in Unicode normalization form C.");
        return value == "_" ? default : new StreamName(value);
    }

    /// <inheritdoc/>
    public override string ToString() => "(stream)"; // a name must not reach a log by interpolation
}
