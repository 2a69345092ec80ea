using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Malten.Client.Encryption;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>The format of pipes is that of docs/encryption.md: every frame, key and message of the vectors, with ML-KEM and without.</summary>
public sealed class Pipe2VectorTests
{
    private readonly Dictionary<string, Ratchet> _ratchets = [];
    private Queue<EcdhPair> _pairs = [];
    private bool _isRefused;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Every_frame_key_and_message_is_that_of_the_vectors(int index)
    {
        var vector = Vectors.All["pipe2"]![index]!;
        _pairs = new Queue<EcdhPair>(vector["turns"]!.AsArray().Select(one => Pair(one!)));
        var transcript = ShakeHands(vector);
        Assert.True(vector["messages"]!.AsArray().Count > 15);
        foreach (var step in vector["messages"]!.AsArray()) Replay(step!, transcript);
        Assert.Empty(_pairs);
    }

    [Fact]
    public void The_systems_ML_KEM_agrees_with_the_standards()
    {
        Assert.SkipWhen(Kem.OfSystem is null, "This system has no ML-KEM.");
        var seed = RandomNumberGenerator.GetBytes(64);
        var own = new MlKem768(seed);
        var (secret, ciphertext) = Kem.OfSystem!.Encapsulate(own.PublicKey);
        Assert.Equal(secret, own.Decapsulate(ciphertext));
        using var pair = Kem.OfSystem.NewPair();
        var (other, sent) = MlKem768.Encapsulate(pair.PublicKey, RandomNumberGenerator.GetBytes(32));
        Assert.Equal(other, pair.Decapsulate(sent));
    }

    private EcdhPair NextPair() => _isRefused ? EcdhPair.New() : _pairs.Dequeue();

    private byte[] ShakeHands(JsonNode vector)
    {
        var kem = vector["kemSeed"] is null ? null : new ReferenceKem(vector.Hex("kemSeed"), vector.Hex("kemRandomness"));
        using var inviter = new Pipe2Inviter(Pair(vector["inviter"]!), kem?.NewPair(), vector.Hex("nonce"));
        var link = new PipeSecrets(vector.Of("stream"), vector.Hex("secret"), inviter.Commitment);
        using var joiner = new Pipe2Joiner(link, Pair(vector["joiner"]!), kem);
        Assert.Equal(vector.Of("token"), Bytes.ToBase64Url(Bytes.Join(link.Secret, link.Commitment)));
        var commit = joiner.Commit();
        var hello = inviter.Hello(link, commit)!;
        var reveal = joiner.Reveal(hello)!;
        var (accept, keys, second) = inviter.Accept(link, reveal, NextPair)!.Value;
        var (same, first) = joiner.Finish(accept, NextPair)!.Value;
        foreach (var (name, frame) in new[] { ("commit", commit), ("hello", hello), ("reveal", reveal), ("accept", accept) })
            Assert.Equal(vector["frames"]!.Of(name), Bytes.ToBase64Url(frame));
        Assert.Equal((vector.Of("code"), vector.Of("code")), (keys.Code, same.Code));
        Assert.Equal((vector.Of("root"), vector.Of("transcript")), (Convert.ToHexStringLower(keys.Root), Convert.ToHexStringLower(same.Transcript)));
        Assert.Equal(vector["isHybrid"]!.GetValue<bool>(), same.IsHybrid);
        (_ratchets["inviter"], _ratchets["joiner"]) = (second, first);
        return keys.Transcript;
    }

    private void Replay(JsonNode step, byte[] transcript)
    {
        var (from, to) = step.Of("from") == "joiner" ? ("joiner", "inviter") : ("inviter", "joiner");
        var frame = Bytes.FromBase64Url(step.Of("frame"))!;
        var about = Bytes.Join(transcript, [frame[0]], Bytes.Utf8(step.Of("id")));
        var isLast = frame[0] == FrameType.Farewell;
        var said = step["said"].Deserialize<Said>()!.ToContent();
        if (step.Of("does") == "seal")
            Assert.Equal(frame[1..], isLast ? _ratchets[from].SealLast(said.Encode(), about) : _ratchets[from].Seal(said.Encode(), about));
        else if (step.Of("does") == "open")
            Assert.Equal(JsonSerializer.Serialize(said), JsonSerializer.Serialize(PipeContent.Decode(_ratchets[to].Open(frame.AsSpan(1), about, isLast)!)));
        else
        {
            _isRefused = true; // a refused step takes no pair of the vectors
            Assert.Null(_ratchets[to].Open(frame.AsSpan(1), about, isLast));
            _isRefused = false;
        }
    }

    private static EcdhPair Pair(JsonNode jwk)
    {
        byte[] Part(string name) => Bytes.FromBase64Url(jwk.Of(name))!;
        return new EcdhPair(ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256, D = Part("d"), Q = new ECPoint { X = Part("x"), Y = Part("y") },
        }));
    }

    private sealed record Said(int Kind, uint Number, int Skipped, uint Newest, uint[] Missing, ulong Time, string Name, string Text)
    {
        public PipeContent ToContent() => new()
        {
            Kind = (PipeKind)Kind, Number = Number, Skipped = Skipped, Newest = Newest, Missing = Missing, Time = Time, Name = Name, Text = Text,
        };
    }
}
