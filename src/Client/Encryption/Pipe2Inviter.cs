using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client.Encryption;

/// <summary>The side of a pipe that makes the link.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class Pipe2Inviter : IDisposable
{
    private const int GreetingLength = 1 + EcdhPair.PublicLength;

    private readonly EcdhPair _pair;
    private readonly KemPair? _kem;
    private readonly byte[] _nonce;
    private readonly byte[] _greeting;
    private Pipe2Transcript? _transcript;

    /// <param name="kem">Null where this side has no ML-KEM.</param>
    /// <param name="nonce">32 random bytes, on which the safety code depends.</param>
    public Pipe2Inviter(EcdhPair pair, KemPair? kem, byte[] nonce)
    {
        (_pair, _kem, _nonce) = (pair, kem, nonce);
        _greeting = Bytes.Join([(byte)(kem is null ? 0 : 1)], pair.PublicBytes, Pipe2Transcript.Hash("nonce", nonce), kem?.PublicKey ?? []);
        Commitment = Pipe2Transcript.Hash("inviter", _greeting);
    }

    /// <summary>What the link commits to.</summary>
    public byte[] Commitment { get; }

    /// <summary>The commitment of the joiner who was answered; null before that.</summary>
    public byte[]? Joiner { get; private set; }

    public static Pipe2Inviter New(Kem? kem) => new(EcdhPair.New(), kem?.NewPair(), RandomNumberGenerator.GetBytes(32));

    /// <summary>Answers a joiner's first frame; null when it was not made with the link.</summary>
    public byte[]? Hello(PipeSecrets link, byte[] commit)
    {
        var transcript = new Pipe2Transcript(link);
        if (transcript.Read(commit) is not { Length: Bytes.HashLength } joiner) return null;
        (_transcript, Joiner) = (transcript, joiner);
        return transcript.Write(FrameType.Hello, joiner, _greeting);
    }

    /// <summary>The last frame, the keys and this side's ratchet; null when the frame was not made with the link.</summary>
    /// <exception cref="PipeCheatException">It was, and does not hold what its sender has committed to.</exception>
    public (byte[] Frame, Pipe2Keys Keys, Ratchet Ratchet)? Accept(PipeSecrets link, byte[] reveal, Func<EcdhPair>? newPair = null)
    {
        if (_transcript!.Read(reveal) is not { } content) return null;
        try
        {
            var isHybrid = content.Length > 0 && content[0] == 1 && _kem is not null;
            if (content.Length != GreetingLength + (isHybrid ? Kem.CiphertextLength : 0)) throw new PipeCheatException();
            var greeting = content[..GreetingLength];
            if (!Pipe2Transcript.Hash("joiner", greeting).AsSpan().SequenceEqual(Joiner)) throw new PipeCheatException();
            var kemShared = isHybrid ? _kem!.Decapsulate(content[GreetingLength..]) : [];
            var frame = Bytes.Join([FrameType.Accept], _nonce);
            var keys = _transcript.Derive(frame, link.Secret, _pair.Agree(greeting.AsSpan(1)), kemShared);
            return (Bytes.Join(frame, Bytes.Hmac(keys.Confirm, keys.Transcript)), keys, Ratchet.Second(keys.Root, _pair, newPair));
        }
        catch (CryptographicException)
        {
            throw new PipeCheatException(); // a key off the curve
        }
    }

    /// <summary>Lets go of the keys of ML-KEM; the other pair is the ratchet's, once there is one.</summary>
    public void Dispose() => _kem?.Dispose();
}
