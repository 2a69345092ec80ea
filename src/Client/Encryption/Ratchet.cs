using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client.Encryption;

/// <summary>
/// The Double Ratchet (Signal's specification, revision 4, without header encryption): each message has a key of its own, and each
/// turn of the conversation brings a fresh secret. A key that is stolen opens neither the past nor, after a turn, the future. Not
/// safe for several threads.
/// </summary>
[UnsupportedOSPlatform("browser")]
internal sealed class Ratchet : IDisposable
{
    private const int HeaderLength = EcdhPair.PublicLength + 8;
    private const int MostSkipped = 256; // messages that one can show as missing: each costs two HMACs, also where that one is forged
    private const int MostKept = 1024; // keys of messages that have not come yet

    private readonly Func<EcdhPair> _newPair;
    private State _state;

    private Ratchet(State state, Func<EcdhPair>? newPair) => (_state, _newPair) = (state, newPair ?? EcdhPair.New);

    /// <summary>Whether this side can write: the one that did not write first can once it has read.</summary>
    public bool CanWrite => _state.Sending is not null;

    /// <summary>The side that writes first.</summary>
    public static Ratchet First(byte[] root, byte[] theirs, Func<EcdhPair>? newPair)
    {
        var own = (newPair ?? EcdhPair.New)();
        var (next, sending) = TurnRoot(root, own, theirs);
        return new Ratchet(new State { Own = own, Root = next, Theirs = theirs, Sending = sending }, newPair);
    }

    /// <summary>The other side, whose pair the first one knows.</summary>
    public static Ratchet Second(byte[] root, EcdhPair own, Func<EcdhPair>? newPair) => new(new State { Own = own, Root = root }, newPair);

    /// <summary>Header and ciphertext of the next message.</summary>
    public byte[] Seal(byte[] plain, byte[] about)
    {
        var message = Seal(Step(_state.Sending!, 1), plain, about);
        _state = _state with { Sending = Step(_state.Sending!, 2), Sent = _state.Sent + 1 };
        return message;
    }

    /// <summary>Seals a message that will be the last: the ratchet stays where it is.</summary>
    public byte[] SealLast(byte[] plain, byte[] about) => Seal(Step(_state.Sending!, 3), plain, about);

    /// <summary>What a message holds; null when it does not decrypt, or did before. Nothing has changed then.</summary>
    public byte[]? Open(ReadOnlySpan<byte> message, byte[] about, bool isLast = false)
    {
        if (message.Length < HeaderLength) return null;
        var header = message[..HeaderLength];
        var next = _state.Copy();
        try
        {
            var fields = new Fields(header);
            var key = KeyOf(next, fields.Take(EcdhPair.PublicLength).ToArray(), fields.TakeUInt32(), fields.TakeUInt32(), isLast);
            var (aes, iv) = Cipher(key);
            if (Bytes.Decrypt(aes, iv, Bytes.Join(about, header.ToArray()), message[HeaderLength..]) is { } plain)
            {
                if (next.Own != _state.Own) _state.Own.Dispose();
                _state = next;
                return plain;
            }
        }
        catch (CryptographicException)
        {
            // too many are missing, a key was used, or is off the curve
        }

        if (next.Own != _state.Own) next.Own.Dispose();
        return null;
    }

    public void Dispose() => _state.Own.Dispose();

    private static (byte[] Root, byte[] Chain) TurnRoot(byte[] root, EcdhPair own, byte[] theirs)
    {
        var keys = Bytes.Hkdf(own.Agree(theirs), root, "malten pipe2 ratchet", 64);
        return (keys[..32], keys[32..]);
    }

    /// <summary>What a chain key gives: 1 the key of its message, 2 the next chain key, 3 the key of a last message.</summary>
    private static byte[] Step(byte[] chain, byte which) => Bytes.Hmac(chain, [which]);

    /// <summary>The key and the IV of one message. A message key is used once, so the IV may be derived too.</summary>
    private static (byte[] Key, byte[] Iv) Cipher(byte[] messageKey)
    {
        var bytes = Bytes.Hkdf(messageKey, [], "malten pipe2 message", Bytes.KeyLength + Bytes.IvLength);
        return (bytes[..Bytes.KeyLength], bytes[Bytes.KeyLength..]);
    }

    private byte[] Seal(byte[] messageKey, byte[] plain, byte[] about)
    {
        var header = new byte[HeaderLength];
        _state.Own.PublicBytes.CopyTo(header, 0);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(EcdhPair.PublicLength), _state.Before);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(EcdhPair.PublicLength + 4), _state.Sent);
        var (key, iv) = Cipher(messageKey);
        return Bytes.Join(header, Bytes.Encrypt(key, iv, Bytes.Join(about, header), plain));
    }

    private byte[] KeyOf(State state, byte[] theirs, uint before, uint number, bool isLast)
    {
        var name = NameOf(theirs, number);
        if (!isLast && state.Skipped.Remove(name, out var skipped)) return skipped;
        if (state.Theirs is null || !theirs.AsSpan().SequenceEqual(state.Theirs))
        {
            SkipTo(state, before);
            Turn(state, theirs);
        }

        SkipTo(state, number);
        if (number < state.Received) throw new CryptographicException("This key was used.");
        if (isLast) return Step(state.Receiving!, 3);
        var key = Step(state.Receiving!, 1);
        (state.Receiving, state.Received) = (Step(state.Receiving!, 2), state.Received + 1);
        return key;
    }

    private void Turn(State state, byte[] theirs)
    {
        (state.Before, state.Sent, state.Received, state.Theirs) = (state.Sent, 0, 0, theirs);
        (state.Root, state.Receiving) = TurnRoot(state.Root, state.Own, theirs);
        state.Own = _newPair();
        (state.Root, state.Sending) = TurnRoot(state.Root, state.Own, theirs);
    }

    /// <summary>Keeps the keys of the messages up to one that came early.</summary>
    private static void SkipTo(State state, uint until)
    {
        if (state.Receiving is null) return;
        if (until > state.Received && until - state.Received > MostSkipped) throw new CryptographicException("Too many are missing.");
        while (state.Received < until)
        {
            state.Skipped[NameOf(state.Theirs!, state.Received)] = Step(state.Receiving, 1);
            (state.Receiving, state.Received) = (Step(state.Receiving, 2), state.Received + 1);
        }

        while (state.Skipped.Count > MostKept) state.Skipped.RemoveAt(0);
    }

    private static string NameOf(byte[] theirs, uint number) => $"{Bytes.ToBase64Url(theirs)} {number}";

    /// <summary>The state of the specification, under its names in full.</summary>
    private sealed record State
    {
        public required EcdhPair Own { get; set; }

        public required byte[] Root { get; set; }

        public byte[]? Theirs { get; set; }

        public byte[]? Sending { get; set; }

        public byte[]? Receiving { get; set; }

        public uint Sent { get; set; }

        public uint Received { get; set; }

        public uint Before { get; set; }

        public OrderedDictionary<string, byte[]> Skipped { get; init; } = [];

        /// <summary>A copy that may change without this.</summary>
        public State Copy() => this with { Skipped = new OrderedDictionary<string, byte[]>(Skipped) };
    }
}
