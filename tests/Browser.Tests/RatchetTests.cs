using System.Security.Cryptography;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>What whoever steals the state of a ratchet can read, and what not. VectorTests ties the page's ratchet to this one.</summary>
public sealed class RatchetTests
{
    private static readonly byte[] About = "about"u8.ToArray();

    private DoubleRatchet _ann;
    private DoubleRatchet _bob;

    public RatchetTests()
    {
        var root = RandomNumberGenerator.GetBytes(32);
        var pair = NewPair();
        (_ann, _bob) = (DoubleRatchet.First(root, Bytes.Point(pair.ExportParameters(false)), NewPair), DoubleRatchet.Second(root, pair, NewPair));
    }

    [Fact]
    public void A_stolen_state_opens_nothing_of_the_past()
    {
        var past = FromAnn("before");
        Deliver(past);
        var stolen = _bob;
        Assert.ThrowsAny<CryptographicException>(() => stolen.Open(past, About));
    }

    [Fact]
    public void A_stolen_state_opens_what_comes_next_and_after_a_turn_nothing_more()
    {
        Deliver(FromAnn("hello"));
        var stolen = _bob;
        var next = FromAnn("still readable");
        stolen = stolen.Open(next, About).Next;
        Deliver(next);
        (_, _ann) = _ann.Open(FromBob("an answer, with the key that was stolen"), About);
        Deliver(FromAnn("a turn: now bob has a new key")); // which the thief reads, but does not have
        var healed = FromBob("out of reach");
        (_, _ann) = _ann.Open(healed, About);
        Assert.ThrowsAny<CryptographicException>(() => stolen.Open(healed, About));
        var after = FromAnn("and so on");
        Assert.ThrowsAny<CryptographicException>(() => stolen.Open(after, About));
        Deliver(after);
    }

    [Fact]
    public void A_message_opens_once_in_any_order_and_only_whole()
    {
        byte[][] sent = [FromAnn("1"), FromAnn("2"), FromAnn("3")];
        foreach (var message in (byte[][])[sent[2], sent[0], sent[1]])
        {
            var changed = message.ToArray();
            changed[^1] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => _bob.Open(changed, About));
            changed = [.. message];
            changed[70] ^= 1; // the number in the header
            Assert.ThrowsAny<CryptographicException>(() => _bob.Open(changed, About));
            Assert.ThrowsAny<CryptographicException>(() => _bob.Open(message, "elsewhere"u8.ToArray()));
            Deliver(message);
            Assert.ThrowsAny<CryptographicException>(() => _bob.Open(message, About));
        }
    }

    [Fact]
    public void A_message_shows_256_as_missing_at_most()
    {
        byte[][] sent = [.. Enumerable.Range(0, 515).Select(number => FromAnn($"{number}"))];
        Assert.ThrowsAny<CryptographicException>(() => _bob.Open(sent[257], About));
        Deliver(sent[256]);
        Deliver(sent[0]);
        Assert.ThrowsAny<CryptographicException>(() => _bob.Open(sent[514], About));
        Deliver(sent[513]);
    }

    private static ECDiffieHellman NewPair() => ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    private byte[] FromAnn(string text)
    {
        (var message, _ann) = _ann.Seal(Bytes.Of(text), About);
        return message;
    }

    private byte[] FromBob(string text)
    {
        (var message, _bob) = _bob.Seal(Bytes.Of(text), About);
        return message;
    }

    private void Deliver(byte[] message) => (_, _bob) = _bob.Open(message, About);
}
