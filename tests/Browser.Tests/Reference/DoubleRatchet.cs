using System.Security.Cryptography;
using static Malten.Browser.Tests.Reference.Bytes;

namespace Malten.Browser.Tests.Reference;

/// <summary>
/// The Double Ratchet, written from Signal's specification and docs/encryption.md. Each state is a value of its own, so that a
/// test may steal one.
/// </summary>
public sealed record DoubleRatchet
{
    private const int HeaderLength = 73;
    private const int MostSkipped = 256;

    /// <summary>Makes the key pair of each turn; a test vector gives them.</summary>
    public required Func<ECDiffieHellman> NewPair { get; init; }

    public required ECDiffieHellman Own { get; init; }

    public required byte[] Root { get; init; }

    public byte[]? Theirs { get; init; }

    public byte[]? Sending { get; init; }

    public byte[]? Receiving { get; init; }

    public long Sent { get; init; }

    public long Received { get; init; }

    public long Before { get; init; }

    public IReadOnlyDictionary<string, byte[]> Skipped { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>The side that writes first.</summary>
    public static DoubleRatchet First(byte[] root, byte[] theirs, Func<ECDiffieHellman> newPair)
    {
        var own = newPair();
        var (next, sending) = TurnRoot(root, own, theirs);
        return new DoubleRatchet { NewPair = newPair, Own = own, Root = next, Theirs = theirs, Sending = sending };
    }

    /// <summary>The side that can write once it has read.</summary>
    public static DoubleRatchet Second(byte[] root, ECDiffieHellman own, Func<ECDiffieHellman> newPair) =>
        new() { NewPair = newPair, Own = own, Root = root };

    /// <summary>A sealed message, and the state after it.</summary>
    public (byte[] Message, DoubleRatchet Next) Seal(byte[] plain, byte[] about) =>
        (Seal(Step(Sending!, 1), plain, about), this with { Sending = Step(Sending!, 2), Sent = Sent + 1 });

    /// <summary>A last message, after which there is no state.</summary>
    public byte[] SealLast(byte[] plain, byte[] about) => Seal(Step(Sending!, 3), plain, about);

    /// <summary>What a message holds, and the state after it.</summary>
    /// <exception cref="CryptographicException">It does not decrypt, or did before.</exception>
    public (byte[] Plain, DoubleRatchet Next) Open(byte[] message, byte[] about, bool isLast = false)
    {
        if (message.Length < HeaderLength) throw new CryptographicException("too short");
        var header = message[..HeaderLength];
        var fields = new Fields(header);
        var (theirs, before, number) = (fields.Take(65), fields.BigEndian(4), fields.BigEndian(4));
        var (key, next) = KeyOf(theirs, before, number, isLast);
        var (aes, iv) = Cipher(key);
        return (Decrypt(aes, iv, Join(about, header), message[HeaderLength..]), next);
    }

    private static (byte[] Root, byte[] Chain) TurnRoot(byte[] root, ECDiffieHellman own, byte[] theirs)
    {
        using var other = ECDiffieHellman.Create(FromPoint(theirs));
        var keys = Hkdf(own.DeriveRawSecretAgreement(other.PublicKey), root, "malten pipe2 ratchet", 64);
        return (keys[..32], keys[32..]);
    }

    private static byte[] Step(byte[] chain, byte which) => Hmac(chain, [which]);

    private static (byte[] Key, byte[] Iv) Cipher(byte[] messageKey)
    {
        var bytes = Hkdf(messageKey, [], "malten pipe2 message", 44);
        return (bytes[..32], bytes[32..]);
    }

    private byte[] Seal(byte[] messageKey, byte[] plain, byte[] about)
    {
        var header = Join(Point(Own.ExportParameters(false)), BigEndian(Before, 4), BigEndian(Sent, 4));
        var (key, iv) = Cipher(messageKey);
        return Join(header, Encrypt(key, iv, Join(about, header), plain));
    }

    private (byte[] Key, DoubleRatchet Next) KeyOf(byte[] theirs, long before, long number, bool isLast)
    {
        var name = $"{ToBase64Url(theirs)} {number}";
        if (!isLast && Skipped.TryGetValue(name, out var skipped))
            return (skipped, this with { Skipped = Skipped.Where(one => one.Key != name).ToDictionary() });
        var state = Theirs is not null && theirs.AsSpan().SequenceEqual(Theirs) ? this : SkipTo(before).Turn(theirs);
        state = state.SkipTo(number);
        if (number < state.Received) throw new CryptographicException("This key was used.");
        if (isLast) return (Step(state.Receiving!, 3), state);
        return (Step(state.Receiving!, 1), state with { Receiving = Step(state.Receiving!, 2), Received = state.Received + 1 });
    }

    private DoubleRatchet Turn(byte[] theirs)
    {
        var (root, receiving) = TurnRoot(Root, Own, theirs);
        var own = NewPair();
        var (next, sending) = TurnRoot(root, own, theirs);
        return this with
        {
            Before = Sent,
            Sent = 0,
            Received = 0,
            Theirs = theirs,
            Own = own,
            Root = next,
            Receiving = receiving,
            Sending = sending,
        };
    }

    private DoubleRatchet SkipTo(long until)
    {
        if (Receiving is null) return this;
        if (until - Received > MostSkipped) throw new CryptographicException("Too many are missing.");
        var (state, skipped) = (this, new Dictionary<string, byte[]>(Skipped));
        while (state.Received < until)
        {
            skipped[$"{ToBase64Url(state.Theirs)} {state.Received}"] = Step(state.Receiving!, 1);
            state = state with { Receiving = Step(state.Receiving!, 2), Received = state.Received + 1 };
        }

        return state with { Skipped = skipped };
    }
}
