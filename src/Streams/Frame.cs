using System.Buffers.Text;

namespace Malten.Streams;

/// <summary>
/// One event of a stream, encoded once as every reader gets it: the bytes of a server-sent event (WHATWG HTML, 9.2),
/// <c>id: …\ndata: {…}\n\n</c> for a message, without <c>id:</c> for any other event.
/// </summary>
/// <param name="Kind">What it is to the feed.</param>
/// <param name="Timestamp">The message's <see cref="Streams.Timestamp"/>; 0 for an event that is not a message.</param>
/// <param name="Id">The id in the envelope.</param>
/// <param name="Bytes">The whole frame. Shared by all readers, never written to again.</param>
public readonly record struct Frame(FrameKind Kind, long Timestamp, Guid Id, byte[] Bytes)
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
            Span<byte> digits = stackalloc byte[20];
            Utf8Formatter.TryFormat(Timestamp, digits, out var length);
            return length;
        }
    }
}
