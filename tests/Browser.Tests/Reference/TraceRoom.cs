using System.Security.Cryptography;
using static Malten.Browser.Tests.Reference.Bytes;

namespace Malten.Browser.Tests.Reference;

/// <summary>A message as its author hands it over: with the server's date, in nanoseconds, and what the author signed.</summary>
public sealed record TraceMessage(string Id, long Created, byte[] Content);

/// <summary>What the pages of a stream that leaves no trace say to each other, written from docs/encryption.md.</summary>
public sealed class TraceRoom(byte[] secret)
{
    public const byte Hello = 1;
    public const byte Here = 2;
    public const byte Messages = 3;
    public const byte Farewell = 4;

    private const int MostBytes = 4576;
    private const int TagBytes = 8;

    private readonly byte[] _key = Hkdf(secret, [], "malten trace signal key", 32);

    /// <summary>The messages of the stream, which are those of enc2 with keys of their own.</summary>
    public Enc2 Stream { get; } = new(secret, Enc2Use.Trace);

    public static TraceRoom FromLink(string fragment) => new(FromBase64Url(fragment[(fragment.LastIndexOf('/') + 1)..])[..32]);

    /// <summary>Seals a frame, said by a listener to another, or with an empty <paramref name="to"/> to all.</summary>
    public string Seal(string from, string to, byte[] frame)
    {
        var iv = RandomNumberGenerator.GetBytes(12);
        return Prefix + ToBase64Url([.. iv, .. Encrypt(_key, iv, Context(from, to), Pad(frame, 256, 1024, 2304, MostBytes))]);
    }

    /// <summary>Whether an author said a frame by a listener: its last 64 bytes before the padding are the signature.</summary>
    public bool IsSigned(string listener, byte[] frame)
    {
        var length = frame[0] == Here ? 71 : 65;
        using var key = ECDsa.Create(FromPoint([4, .. frame.AsSpan(1, 64)]));
        return key.VerifyData(Join(Statement(listener), frame[..length]), frame.AsSpan(length, 64), HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>Opens a frame, with its padding.</summary>
    /// <exception cref="CryptographicException">It was not sealed so.</exception>
    public byte[] Open(string from, string to, string text)
    {
        var bytes = FromBase64Url(text[Prefix.Length..]);
        return Decrypt(_key, bytes[..12], Context(from, to), bytes[12..]);
    }

    /// <summary>Asks for what is said of no author, or after a number of one.</summary>
    public static byte[] SayHello(params (string Author, long After)[] has) => Join(
        [Hello], BigEndian(has.Length, 2),
        [.. has.SelectMany(one => Join(FromBase64Url(one.Author)[..TagBytes], BigEndian(one.After, 4)))]);

    /// <summary>What a hello says of an author: the number up to which nothing is missing; -1 where all is.</summary>
    public static long AfterOf(byte[] hello, string author)
    {
        var fields = new Fields([.. hello.AsSpan(1)]);
        for (var left = fields.BigEndian(2); left > 0; left--)
        {
            var (tag, after) = (fields.Take(TagBytes), fields.BigEndian(4));
            if (tag.AsSpan().SequenceEqual(FromBase64Url(author).AsSpan(0, TagBytes))) return after;
        }

        return -1;
    }

    /// <summary>Says that an author is here, by a listener, and has so many messages from a number on.</summary>
    public byte[] SayHere(Enc2Author author, string listener, long first, int count) =>
        Sign(author, listener, [Here, .. FromBase64Url(author.Id), .. BigEndian(first, 4), .. BigEndian(count, 2)]);

    /// <summary>The text of the message by which an author leaves, unless somebody else has signed it.</summary>
    public string SealFarewell(string author, Enc2Author signer) => Seal("", "", SayFarewell(author, signer));

    /// <summary>Says that an author leaves, unless somebody else has signed it.</summary>
    public byte[] SayFarewell(string author, Enc2Author signer) => Sign(signer, "", [Farewell, .. FromBase64Url(author)]);

    /// <summary>Messages in as few frames as will do.</summary>
    public static IEnumerable<byte[]> HandOver(IEnumerable<TraceMessage> messages)
    {
        List<byte[]> parts = [];
        foreach (var message in messages)
        {
            byte[] part =
            [
                .. Convert.FromHexString(message.Id.Replace("-", "", StringComparison.Ordinal)), .. BigEndian(message.Created, 8),
                .. BigEndian(message.Content.Length, 2), .. message.Content,
            ];
            if (2 + parts.Sum(one => one.Length) + part.Length > MostBytes)
            {
                yield return [Messages, (byte)parts.Count, .. Join([.. parts])];
                parts = [];
            }

            parts.Add(part);
        }

        if (parts.Count > 0) yield return [Messages, (byte)parts.Count, .. Join([.. parts])];
    }

    private byte[] Sign(Enc2Author author, string listener, byte[] body) =>
        [.. body, .. author.Sign(Join(Statement(listener), body))];

    private byte[] Statement(string listener) => Of($"malten trace author\n{Stream.Stream}\n{listener}\n");

    private byte[] Context(string from, string to) => Of($"malten trace signal\n{Stream.Stream}\n{from}\n{to}\n");
}
