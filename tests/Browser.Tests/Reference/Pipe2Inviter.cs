using System.Security.Cryptography;
using Malten.Testing;
using static Malten.Browser.Tests.Reference.Bytes;

namespace Malten.Browser.Tests.Reference;

/// <summary>The side of a pipe that makes the link. Without <paramref name="kem"/> it has no ML-KEM.</summary>
public sealed class Pipe2Inviter(ECDiffieHellman pair, MlKem768? kem, byte[] nonce, byte[] secret)
{
    private Pipe2Link? _link;
    private Pipe2? _handshake;
    private byte[] _joiner = [];

    /// <summary>What the link commits to.</summary>
    public byte[] Greeting { get; } =
        [(byte)(kem is null ? 0 : 1), .. Point(pair.ExportParameters(false)), .. Pipe2.Hash("nonce", nonce), .. kem?.PublicKey ?? []];

    public Pipe2Link Link(string stream) => _link = new Pipe2Link(stream, secret, Pipe2.Hash("inviter", Greeting));

    public byte[] Hello(byte[] commit)
    {
        _handshake = new Pipe2(_link!);
        _joiner = _handshake.Read(commit);
        return _handshake.Write(Pipe2.Hello, _joiner, Greeting);
    }

    public (byte[] Frame, Pipe2Keys Keys) Accept(byte[] reveal)
    {
        var content = _handshake!.Read(reveal);
        var greeting = content[..66];
        Pipe2.Check(Pipe2.Hash("joiner", greeting), _joiner);
        var kemShared = kem is not null && greeting[0] == 1 ? kem.Decapsulate(content[66..]) : [];
        return _handshake.WriteAccept(nonce, secret, Pipe2.Agree(pair, greeting[1..]), kemShared);
    }

    public DoubleRatchet Ratchet(Pipe2Keys keys, Func<ECDiffieHellman> newPair) => DoubleRatchet.Second(keys.Root, pair, newPair);
}
