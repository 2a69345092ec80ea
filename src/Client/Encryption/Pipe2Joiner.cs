using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client.Encryption;

/// <summary>The side of a pipe that opens the link.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class Pipe2Joiner : IDisposable
{
    private const int NonceLength = 32;

    private readonly PipeSecrets _link;
    private readonly EcdhPair _pair;
    private readonly Kem? _kem;
    private readonly byte[] _greeting;
    private readonly Pipe2Transcript _transcript;
    private Promise? _promise;
    private bool _hasAnswered;

    /// <param name="kem">Null where this side has no ML-KEM.</param>
    public Pipe2Joiner(PipeSecrets link, EcdhPair pair, Kem? kem)
    {
        (_link, _pair, _kem, _transcript) = (link, pair, kem, new Pipe2Transcript(link));
        _greeting = Bytes.Join([(byte)(kem is null ? 0 : 1)], pair.PublicBytes);
        Commitment = Pipe2Transcript.Hash("joiner", _greeting);
    }

    public byte[] Commitment { get; }

    /// <summary>The frame that begins the handshake.</summary>
    public byte[] Commit() => _transcript.Write(FrameType.Commit, Commitment);

    /// <summary>
    /// Answers the inviter, once: each answer leads to another safety code, so whoever got several could wait for the one that fits.
    /// Null when the frame was not made with the link.
    /// </summary>
    /// <exception cref="PipeRepeatException">It was, and another was answered before.</exception>
    /// <exception cref="PipeCheatException">It does not hold the keys to which the link commits.</exception>
    public byte[]? Reveal(byte[] hello)
    {
        if (_transcript.Read(hello) is not { } content) return null;
        if (_hasAnswered) throw new PipeRepeatException();
        _hasAnswered = true;
        try
        {
            return Answer(content);
        }
        catch (Exception broken) when (broken is CryptographicException or FormatException or ArgumentException)
        {
            throw new PipeCheatException(); // a key off the curve, or cut
        }
    }

    /// <summary>Whether the inviter has answered another joiner with this frame: then the link is used up.</summary>
    public bool IsForAnother(byte[] hello)
    {
        if (hello.Length < 1 + Bytes.HashLength) return false;
        var transcript = new Pipe2Transcript(_link);
        transcript.Write(FrameType.Commit, hello[1..(1 + Bytes.HashLength)]);
        return transcript.Read(hello) is not null;
    }

    /// <summary>The keys, and this side's ratchet; null when the frame does not come from the side that has these keys.</summary>
    public (Pipe2Keys Keys, Ratchet Ratchet)? Finish(byte[] accept, Func<EcdhPair>? newPair = null)
    {
        if (_promise is not { } promise || accept.Length != 1 + NonceLength + Pipe2Transcript.MacLength) return null;
        var frame = accept[..^Pipe2Transcript.MacLength];
        if (!Pipe2Transcript.Hash("nonce", frame[1..]).AsSpan().SequenceEqual(promise.NonceHash)) return null;
        var keys = _transcript.Derive(frame, _link.Secret, promise.Shared, promise.KemShared);
        if (!CryptographicOperations.FixedTimeEquals(Bytes.Hmac(keys.Confirm, keys.Transcript), accept.AsSpan(^Pipe2Transcript.MacLength))) return null;
        return (keys, Ratchet.First(keys.Root, promise.Theirs, newPair));
    }

    public void Dispose() => _pair.Dispose();

    private byte[] Answer(byte[] content)
    {
        var fields = new Fields(content);
        var own = fields.Take(Bytes.HashLength);
        if (!own.SequenceEqual(Commitment) || !Pipe2Transcript.Hash("inviter", fields.Rest.ToArray()).AsSpan().SequenceEqual(_link.Commitment))
            throw new PipeCheatException();
        var isHybrid = fields.TakeByte() == 1 && _kem is not null;
        var (theirs, nonceHash) = (fields.Take(EcdhPair.PublicLength).ToArray(), fields.Take(Bytes.HashLength).ToArray());
        var (kemShared, ciphertext) = isHybrid ? _kem!.Encapsulate(fields.Take(Kem.PublicLength).ToArray()) : ([], []);
        _promise = new Promise(theirs, nonceHash, _pair.Agree(theirs), kemShared);
        return _transcript.Write(FrameType.Reveal, _greeting, ciphertext);
    }

    /// <summary>What the inviter's greeting has led to.</summary>
    private sealed record Promise(byte[] Theirs, byte[] NonceHash, byte[] Shared, byte[] KemShared);
}
