using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client.Encryption;

/// <summary>What those who take part in a stream that leaves no trace say to each other in signals.</summary>
internal abstract record TraceFrame;

/// <summary>Asks for what is not here.</summary>
/// <param name="Has">By the tag of an author: the number up to which nothing is missing.</param>
internal sealed record HelloFrame(IReadOnlyDictionary<string, uint> Has) : TraceFrame;

/// <summary>An author is here, who has so many messages from a number on.</summary>
internal sealed record HereFrame(string Author, uint First, int Count, byte[] Body, byte[] Signature) : TraceFrame;

/// <summary>Messages, as their author hands them over.</summary>
internal sealed record MessagesFrame(IReadOnlyList<HandedMessage> Messages) : TraceFrame;

/// <summary>An author leaves.</summary>
internal sealed record FarewellFrame(string Author, byte[] Body, byte[] Signature) : TraceFrame;

/// <summary>A message as its author hands it over.</summary>
/// <param name="Created">The server's date, by the author's word: Unix nanoseconds.</param>
/// <param name="Signed">Body and signature.</param>
internal sealed record HandedMessage(Guid Id, long Created, byte[] Signed);

/// <summary>Seals and opens frames, byte by byte as in docs/encryption.md.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class TraceFrames(Enc2Keys keys)
{
    public const byte Hello = 1;
    public const byte Here = 2;
    public const byte Messages = 3;
    public const byte Farewell = 4;

    private const int SignatureLength = 64;
    private const int TagLength = 8; // of a public key, enough to tell authors apart
    private const int HeadLength = 26; // of a message in a frame
    private const int MostBytes = 4576;
    private const int MostKnown = 380; // authors in a hello
    private static readonly int[] Sizes = [256, 1024, 2304, MostBytes];

    /// <summary>Seals a frame, said by a listener to another, or with an empty <paramref name="to"/> to all.</summary>
    public string Seal(string from, string to, byte[] frame)
    {
        var iv = RandomNumberGenerator.GetBytes(Bytes.IvLength);
        return Bytes.Prefix + Bytes.ToBase64Url(Bytes.Join(iv, Bytes.Encrypt(keys.SignalKey, iv, Context(from, to), Bytes.Pad(frame, Sizes))));
    }

    /// <summary>What a signal says; null when it was not sealed so, or is not well formed.</summary>
    public TraceFrame? Open(string from, string to, string text)
    {
        if (Bytes.FromSealed(text) is not { Length: > Bytes.IvLength } bytes
            || Bytes.Decrypt(keys.SignalKey, bytes.AsSpan(0, Bytes.IvLength), Context(from, to), bytes.AsSpan(Bytes.IvLength)) is not { } plain)
            return null;
        try
        {
            return Read(plain);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The first bytes of an author's key.</summary>
    public static string TagOf(string author) => Bytes.ToBase64Url(Bytes.FromBase64Url(author, Enc2Content.AuthorLength).AsSpan(0, TagLength));

    public static byte[] SayHello(IReadOnlyDictionary<string, uint> has)
    {
        var known = has.Take(MostKnown).ToList();
        var frame = new FieldWriter().AddByte(Hello).AddUInt16(known.Count);
        foreach (var (tag, number) in known) frame.Add(Bytes.FromBase64Url(tag, TagLength)).AddUInt32(number);
        return frame.ToArray();
    }

    public byte[] SayHere(Enc2Author author, string listener, uint first, int count) => Sign(author, listener,
        new FieldWriter().AddByte(Here).Add(Bytes.FromBase64Url(author.Id)).AddUInt32(first).AddUInt16(count).ToArray());

    /// <summary>The text of the message by which an author leaves.</summary>
    public string SealFarewell(Enc2Author author) =>
        Seal("", "", Sign(author, "", new FieldWriter().AddByte(Farewell).Add(Bytes.FromBase64Url(author.Id)).ToArray()));

    /// <summary>The author who leaves by a message; null when it is no farewell of theirs.</summary>
    public string? OpenFarewell(string text) =>
        Open("", "", text) is FarewellFrame said && IsOf(said.Author, "", said.Body, said.Signature) ? said.Author : null;

    /// <summary>Whether an author said this by a listener.</summary>
    public bool IsOf(string author, string listener, byte[] body, byte[] signature)
    {
        try
        {
            return Enc2.IsSigned(author, Bytes.Join(Statement(listener), body), signature);
        }
        catch (Exception broken) when (broken is ArgumentException or CryptographicException)
        {
            return false; // no key
        }
    }

    /// <summary>Messages in as few frames as will do, made as they are asked for.</summary>
    public static IEnumerable<byte[]> HandOver(IEnumerable<HandedMessage> messages)
    {
        var (parts, size) = (new List<byte[]>(), 2);
        foreach (var message in messages)
        {
            if (size + HeadLength + message.Signed.Length > MostBytes || parts.Count == byte.MaxValue)
            {
                yield return ToFrame(parts);
                (parts, size) = ([], 2);
            }

            parts.Add(new FieldWriter().Add(message.Id.ToByteArray(bigEndian: true)).AddUInt64((ulong)message.Created)
                .AddUInt16(message.Signed.Length).Add(message.Signed).ToArray());
            size += HeadLength + message.Signed.Length;
        }

        if (parts.Count > 0) yield return ToFrame(parts);
    }

    /// <summary>How many messages a frame hands over.</summary>
    public static int CountIn(byte[] frame) => frame[1];

    private static byte[] ToFrame(List<byte[]> parts) => Bytes.Join([new[] { Messages, (byte)parts.Count }, .. parts]);

    private static TraceFrame Read(byte[] plain)
    {
        var fields = new Fields(plain);
        TraceFrame said = fields.TakeByte() switch
        {
            Hello => ReadHello(ref fields),
            Here => ReadHere(ref fields, plain),
            Messages => ReadMessages(ref fields),
            Farewell => ReadFarewell(ref fields, plain),
            _ => throw new FormatException("An unknown kind of frame."),
        };
        fields.End();
        return said;
    }

    private static HelloFrame ReadHello(ref Fields fields)
    {
        var has = new Dictionary<string, uint>();
        for (var left = fields.TakeUInt16(); left > 0; left--) has[Bytes.ToBase64Url(fields.Take(TagLength))] = fields.TakeUInt32();
        return new HelloFrame(has);
    }

    private static HereFrame ReadHere(ref Fields fields, byte[] plain)
    {
        var (author, first, count) = (TakeAuthor(ref fields), fields.TakeUInt32(), fields.TakeUInt16());
        return new HereFrame(author, first, count, plain[..fields.Taken], fields.Take(SignatureLength).ToArray());
    }

    private static MessagesFrame ReadMessages(ref Fields fields)
    {
        var messages = new HandedMessage[fields.TakeByte()];
        for (var i = 0; i < messages.Length; i++)
        {
            var (id, created) = (new Guid(fields.Take(16), bigEndian: true), fields.TakeUInt64());
            messages[i] = new HandedMessage(id, (long)Math.Min(created, long.MaxValue), fields.Take(fields.TakeUInt16()).ToArray());
        }

        return new MessagesFrame(messages);
    }

    private static FarewellFrame ReadFarewell(ref Fields fields, byte[] plain)
    {
        var author = TakeAuthor(ref fields);
        return new FarewellFrame(author, plain[..fields.Taken], fields.Take(SignatureLength).ToArray());
    }

    private static string TakeAuthor(ref Fields fields) => Bytes.ToBase64Url(fields.Take(Enc2Content.AuthorLength));

    private byte[] Sign(Enc2Author author, string listener, byte[] body) => Bytes.Join(body, author.Sign(Bytes.Join(Statement(listener), body)));

    private byte[] Statement(string listener) => Bytes.Utf8($"malten trace author\n{keys.Stream}\n{listener}\n");

    private byte[] Context(string from, string to) => Bytes.Utf8($"malten trace signal\n{keys.Stream}\n{from}\n{to}\n");
}
