using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Events;

/// <summary>
/// One event of a stream, encoded once as every reader gets it: the bytes of a server-sent event (WHATWG HTML, 9.2),
/// <c>id: …\ndata: {…}\n\n</c> for a message, without <c>id:</c> for any other event.
/// </summary>
/// <param name="Kind">How the feed treats it.</param>
/// <param name="Timestamp">When the message was stored; <see cref="Timestamp.None"/> for any other event.</param>
/// <param name="Id">The id in the envelope.</param>
/// <param name="Bytes">The whole frame. All readers share this array; it is never modified.</param>
public readonly record struct Frame(FrameKind Kind, Timestamp Timestamp, Guid Id, byte[] Bytes)
{
    private const int GuidLength = 36;

    /// <summary>The share of the client that posted it here; null when none did. Not part of what is sent.</summary>
    internal Share? Author { get; init; }

    /// <summary>Whether it is a message that had to give way to others: all but its text is still known.</summary>
    internal bool IsGone => IsMessage && Bytes.Length == 0;

    /// <summary>Whether it is a message.</summary>
    public bool IsMessage => Kind == FrameKind.Message;

    /// <summary>The frame without its <c>id:</c> line.</summary>
    public ReadOnlyMemory<byte> Data => Bytes.AsMemory(IsMessage ? IdLineLength : 0);

    /// <summary>A message as JSON, without the envelope, as it appears in pages.</summary>
    public ReadOnlyMemory<byte> Payload
    {
        get
        {
            var start = IdLineLength + "data: {\"Id\":\"".Length + GuidLength
                + "\",\"Type\":\"message\",\"Created\":".Length + Digits + ",\"Payload\":".Length;
            return Bytes.AsMemory(start..^"}\n\n".Length);
        }
    }

    /// <summary>The whole event as JSON, envelope included.</summary>
    public ReadOnlyMemory<byte> Json => Data["data: ".Length..^"\n\n".Length];

    private int IdLineLength => "id: ".Length + Digits + "\n".Length;

    private int Digits
    {
        get
        {
            Span<byte> digits = stackalloc byte[Timestamp.MaxDigits];
            return Timestamp.Format(digits);
        }
    }
}

/// <summary>How a feed treats a frame.</summary>
public enum FrameKind : byte
{
    /// <summary>A message: takes one of the 1024 places, and moves a reader's cursor.</summary>
    Message,

    /// <summary>An event for the listeners of the moment; a listener that misses it gets a <c>gap</c> event.</summary>
    Event,

    /// <summary>An event that the next of its kind supersedes, so that missing it is no gap: presence.</summary>
    Passing,

    /// <summary>The event that ends a stream: all messages before it are gone.</summary>
    End,
}
