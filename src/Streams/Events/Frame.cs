using Malten.Streams.Values;

namespace Malten.Streams.Events;

/// <summary>
/// One event of a stream, encoded once as every reader gets it: the bytes of a server-sent event (WHATWG HTML, 9.2),
/// <c>id: …\ndata: {…}\n\n</c> for a message, without <c>id:</c> for any other event.
/// </summary>
/// <param name="Kind">What it is to the feed.</param>
/// <param name="Timestamp">When the message was stored; none for an event that is not a message.</param>
/// <param name="Id">The id in the envelope.</param>
/// <param name="Bytes">The whole frame. Shared by all readers, never written to again.</param>
public readonly record struct Frame(FrameKind Kind, Timestamp Timestamp, Guid Id, byte[] Bytes)
{
    private const int GuidLength = 36;

    /// <summary>Whether it is a message.</summary>
    public bool IsMessage => Kind == FrameKind.Message;

    /// <summary>The frame without its <c>id:</c> line.</summary>
    public ReadOnlyMemory<byte> Data => Bytes.AsMemory(IsMessage ? IdLineLength : 0);

    /// <summary>A message as JSON, without the envelope: what pages are made of.</summary>
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

/// <summary>What a frame is to the feed that carries it.</summary>
public enum FrameKind : byte
{
    /// <summary>A message: has a place among the 1024 and moves a reader's cursor.</summary>
    Message,

    /// <summary>An event for those who listen when it happens; who misses it is told of a gap.</summary>
    Event,

    /// <summary>An event that a later one of its sort makes worthless: presence.</summary>
    Passing,

    /// <summary>The event with which a stream ends: what was held before it is gone.</summary>
    End,
}
