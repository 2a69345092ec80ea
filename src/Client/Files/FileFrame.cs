using System.Buffers.Binary;
using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// What two sides tell each other about files, as docs/encryption.md describes it: a type, a file's number, and what belongs to it.
/// One after the other they go through a stream of bytes; each also fits into one message of a data channel.
/// </summary>
/// <param name="Type">What it says; others than those known here are to be passed over.</param>
/// <param name="File">Which file: even numbers are the inviter's, odd ones the joiner's.</param>
/// <param name="Content">Up to <see cref="LongestContent"/> bytes.</param>
[UnsupportedOSPlatform("browser")]
internal readonly record struct FileFrame(FileFrameType Type, uint File, ReadOnlyMemory<byte> Content)
{
    /// <summary>Type (u8), length of the content (u24), file (u32).</summary>
    public const int HeaderLength = 8;

    /// <summary>With its header, a frame fills one record of the bytes of a pipe.</summary>
    public const int LongestContent = ByteCipher.LongestRecord - HeaderLength;

    /// <summary>The characters of a file's name.</summary>
    public const int LongestName = 255;

    /// <summary>The characters of a media type.</summary>
    public const int LongestType = 127;

    /// <summary>Sizes that every side can count with: numbers of JavaScript.</summary>
    public const long LargestSize = (1L << 53) - 1;

    private const int HashLength = 32;

    /// <summary>How long the content is that a header announces.</summary>
    /// <exception cref="InvalidDataException">It is longer than any frame.</exception>
    public static int ReadLength(ReadOnlySpan<byte> header)
    {
        var length = (int)(BinaryPrimitives.ReadUInt32BigEndian(header) & 0xFFFFFF);
        return length <= LongestContent ? length : throw new InvalidDataException("The other side does not speak of files as this one does.");
    }

    /// <summary>A whole frame.</summary>
    public static FileFrame Read(ReadOnlyMemory<byte> frame) =>
        new((FileFrameType)frame.Span[0], BinaryPrimitives.ReadUInt32BigEndian(frame.Span[4..]), frame[HeaderLength..]);

    /// <summary>The whole frame.</summary>
    public byte[] ToArray()
    {
        var frame = new byte[HeaderLength + Content.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, ((uint)Type << 24) | (uint)Content.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), File);
        Content.CopyTo(frame.AsMemory(HeaderLength));
        return frame;
    }

    public static FileFrame Offer(uint file, FileDescription described, bool isLast) => new(FileFrameType.Offer, file, Write(fields =>
    {
        var (name, type) = (Bytes.Utf8(described.Name), Bytes.Utf8(described.Type));
        fields.AddUInt64((ulong)described.Size).AddByte(isLast ? 1 : 0).AddUInt16(name.Length).Add(name).AddByte(type.Length).Add(type);
    }));

    /// <param name="offset">How many bytes the receiver has from before.</param>
    /// <param name="digest">The SHA-256 of these.</param>
    public static FileFrame Accept(uint file, long offset, byte[] digest) =>
        new(FileFrameType.Accept, file, Write(fields => fields.AddUInt64((ulong)offset).Add(digest)));

    public static FileFrame At(FileFrameType type, uint file, long offset) => new(type, file, Write(fields => fields.AddUInt64((ulong)offset)));

    public static FileFrame End(uint file, byte[] digest) => new(FileFrameType.End, file, digest);

    public static FileFrame Stop(uint file, FileFault reason) => new(FileFrameType.Stop, file, (byte[])[(byte)reason]);

    /// <summary>What an offer says.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public (FileDescription File, bool IsLast) ReadOffer() => Parse(Content.Span, (ref fields) =>
    {
        var (size, isLast) = (fields.TakeUInt64(), fields.TakeByte() != 0);
        var (name, type) = (fields.TakeText(LongestName), fields.TakeShortText(LongestType));
        if (size > LargestSize || name.Length == 0) throw new FormatException("No file is like that.");
        return (new FileDescription(name, type, (long)size), isLast);
    });

    /// <summary>How much the receiver has, and its digest.</summary>
    /// <exception cref="InvalidDataException">It is no acceptance.</exception>
    public (long Offset, byte[] Digest) ReadAccept() => Parse(Content.Span, (ref fields) => ((long)fields.TakeUInt64(), fields.Take(HashLength).ToArray()));

    /// <exception cref="InvalidDataException">There is no place in it.</exception>
    public long ReadOffset() => Parse(Content.Span, (ref fields) => (long)fields.TakeUInt64());

    /// <exception cref="InvalidDataException">There is none in it.</exception>
    public byte[] ReadDigest() => Parse(Content.Span, (ref fields) => fields.Take(HashLength).ToArray());

    /// <summary>Why a side stops. Reasons that are not known here are <see cref="FileFault.Stopped"/>.</summary>
    public FileFault ReadReason() => Content.Span is [var reason, ..] && reason is >= (byte)FileFault.Declined and <= (byte)FileFault.Changed
        ? (FileFault)reason : FileFault.Stopped;

    private delegate T Reading<T>(ref Fields fields);

    private static T Parse<T>(ReadOnlySpan<byte> content, Reading<T> read)
    {
        try
        {
            var fields = new Fields(content);
            return read(ref fields);
        }
        catch (Exception broken) when (broken is FormatException or ArgumentException)
        {
            throw new InvalidDataException("The other side does not speak of files as this one does.", broken);
        }
    }

    private static byte[] Write(Action<FieldWriter> write)
    {
        var fields = new FieldWriter();
        write(fields);
        return fields.ToArray();
    }
}

/// <summary>What a frame about a file says.</summary>
internal enum FileFrameType : byte
{
    /// <summary>A file that may be had: size (u64), 1 if it is the last of those offered together (u8), name (u16, bytes), media type (u8, bytes).</summary>
    Offer = 1,

    /// <summary>The receiver wants it, and has so many bytes of it (u64) with this SHA-256 (32).</summary>
    Accept = 2,

    /// <summary>The sender begins at this byte (u64): where the receiver is, or 0.</summary>
    Begin = 3,

    /// <summary>The next bytes of the file.</summary>
    Data = 4,

    /// <summary>These were all of them: the SHA-256 of the whole file (32).</summary>
    End = 5,

    /// <summary>The receiver has written so many bytes (u64).</summary>
    Have = 6,

    /// <summary>The receiver has the whole file, with that SHA-256.</summary>
    Done = 7,

    /// <summary>Either side does not go on with it: a reason (u8).</summary>
    Stop = 8,

    /// <summary>Either side wants a pause: the sender sends no data until it hears <see cref="GoOn"/>.</summary>
    Pause = 9,

    /// <summary>The pause of whoever says it is over.</summary>
    GoOn = 10,
}
