using System.Security.Cryptography;
using Malten.Testing;
using static Malten.Browser.Tests.Reference.Bytes;

namespace Malten.Browser.Tests.Reference;

/// <summary>The side of a pipe that opens the link. Without <paramref name="m"/>, the randomness of ML-KEM's encapsulation, it has no ML-KEM.</summary>
public sealed class Pipe2Joiner(Pipe2Link link, ECDiffieHellman pair, byte[]? m)
{
    private readonly Pipe2 _handshake = new(link);
    private byte[] _theirs = [];
    private byte[] _nonceHash = [];
    private byte[] _shared = [];
    private byte[] _kemShared = [];

    public byte[] Greeting { get; } = [(byte)(m is null ? 0 : 1), .. Point(pair.ExportParameters(false))];

    public byte[] Commit() => _handshake.Write(Pipe2.Commit, Pipe2.Hash("joiner", Greeting));

    public byte[] Reveal(byte[] hello)
    {
        var greeting = _handshake.Read(hello)[32..];
        Pipe2.Check(Pipe2.Hash("inviter", greeting), link.Commitment);
        (_theirs, _nonceHash) = (greeting[1..66], greeting[66..98]);
        _shared = Pipe2.Agree(pair, _theirs);
        byte[] ciphertext = [];
        if (greeting[0] == 1 && m is not null) (_kemShared, ciphertext) = MlKem768.Encapsulate(greeting[98..], m);
        return _handshake.Write(Pipe2.Reveal, Greeting, ciphertext);
    }

    public Pipe2Keys Finish(byte[] accept)
    {
        Pipe2.Check(Pipe2.Hash("nonce", accept[1..^32]), _nonceHash);
        return _handshake.ReadAccept(accept, link.Secret, _shared, _kemShared);
    }

    public DoubleRatchet Ratchet(Pipe2Keys keys, Func<ECDiffieHellman> newPair) => DoubleRatchet.First(keys.Root, _theirs, newPair);
}
