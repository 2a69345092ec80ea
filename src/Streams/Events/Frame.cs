using System.Buffers.Text;
using Malten.Streams.Limits;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Streams.Events;

/// <summary>
/// One event of a stream, encoded once as every reader gets it: the bytes of a server-sent event (WHATWG HTML, 9.2),
/// <c>id: …\ndata: {…}\n\n</c> for a message, without <c>id:</c> for any other event.
/// </summary>
/// <param name="Kind">How the feed treats it.</param>
/// <param name="Timestamp">When the message was stored; <see cref="Timestamp.None"/> for any other event.</param>
/// <param name="Id">The id in the envelope; for what is said of a command, that of the command.</param>
/// <param name="Bytes">
/// The whole frame. All readers share this array. It is never modified, until nobody keeps the frame any more: then it is
/// overwritten.
/// </param>
public readonly record struct Frame(FrameKind Kind, Timestamp Timestamp, Guid Id, byte[] Bytes)
{
    private const int GuidLength = 36;

    private readonly object? _author; // a Share, where its bytes are counted; else the ClientKey, boxed

    /// <summary>The client that posted it; the default value when none did. Not part of what readers get.</summary>
    public ClientKey Client
    {
        get => _author switch { Share share => share.Client, ClientKey client => client, _ => default };
        init => _author = value == default ? null : value;
    }

    /// <summary>The share of that client, to which its bytes are counted here; null where they are not.</summary>
    internal Share? Author
    {
        get => _author as Share;
        init => _author = value;
    }

    /// <summary>Which listeners it is not for: those are told later, or have been. Not part of what readers get.</summary>
    public Audience Except { get; init; }

    private readonly KeptBytes? _bytes = new(Bytes);

    /// <inheritdoc cref="Frame(FrameKind, Timestamp, Guid, byte[])" path="/param[@name='Bytes']"/>
    public byte[] Bytes
    {
        get => _bytes?.Array ?? [];
        init => _bytes = new KeptBytes(value);
    }

    /// <summary>Whether it is a message that had to give way to others: all but its text is still known.</summary>
    internal bool IsGone => IsMessage && Bytes.Length == 0;

    /// <summary>Whether it is a message.</summary>
    public bool IsMessage => Kind == FrameKind.Message;

    /// <summary>Whether it is a message that answers this command.</summary>
    public bool Answers(Guid command)
    {
        if (!IsMessage || IsGone) return false;
        // The last member of a message. No text holds these bytes: in JSON, its quotation marks are escaped.
        Span<byte> end = stackalloc byte["\"ReplyTo\":\""u8.Length + GuidLength + "\"}"u8.Length];
        "\"ReplyTo\":\""u8.CopyTo(end);
        Utf8Formatter.TryFormat(command, end["\"ReplyTo\":\""u8.Length..], out _);
        "\"}"u8.CopyTo(end[^"\"}"u8.Length..]);
        return Payload.Span.EndsWith(end);
    }

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

    /// <summary>Whether somebody keeps the bytes. Nobody does where a frame has just come from another node.</summary>
    public bool IsKept => _bytes is { IsKept: true };

    /// <summary>Keeps the bytes from being overwritten until <see cref="LetGo"/>.</summary>
    public Frame Keep()
    {
        _bytes?.Keep();
        return this;
    }

    /// <summary>
    /// Whoever has kept the frame needs it no more; to be called once for each <see cref="Keep"/>. Without it, the bytes stay
    /// until they are garbage.
    /// </summary>
    public void LetGo() => _bytes?.LetGo();

    /// <inheritdoc cref="KeptBytes.Count"/>
    internal bool Count(Capacity node) => _bytes?.Count(node) ?? true;

    /// <inheritdoc cref="KeptBytes.Uncount"/>
    internal bool Uncount(Capacity node) => _bytes?.Uncount(node) ?? true;

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

    /// <summary>
    /// An answer as far as it has been written. The next of the same id supersedes it, so missing one is no gap; what answers
    /// the command, or says that it failed, ends it.
    /// </summary>
    Growing,
}
