using System.Text.Json.Nodes;
using Malten.Client.Encryption;

namespace Malten.Client.Tests;

/// <summary>What is said in streams that leave no trace has the form that docs/encryption.md gives it.</summary>
public sealed class TraceVectorTests
{
    private static readonly JsonNode TraceVectors = Vectors.All["trace"]!;

    private readonly Enc2Keys _keys = new(TraceVectors.Hex("secret"), Enc2Keys.Trace);

    [Fact]
    public void A_secret_leads_to_its_name_and_to_its_key()
    {
        Assert.Equal((TraceVectors.Of("stream"), TraceVectors.Of("key")), (_keys.Stream, _keys.LinkKey));
        Assert.Equal(_keys.Stream, Enc2Keys.FromLink(_keys.LinkKey, Enc2Keys.Trace)!.Stream);
        Assert.Null(Enc2Keys.FromLink(_keys.LinkKey)); // neither kind of link opens as the other
    }

    [Fact]
    public void Every_signal_is_opened_and_what_it_says_has_the_same_bytes_again()
    {
        var frames = new TraceFrames(_keys);
        Assert.True(TraceVectors["signals"]!.AsArray().Count >= 6);
        foreach (var vector in TraceVectors["signals"]!.AsArray())
        {
            var (from, to, frame) = (vector!.Of("from"), vector!.Of("to"), vector!.Hex("frame"));
            var said = frames.Open(from, to, vector!.Of("text"));
            Assert.Equal(frame, Encode(frames, from, said));
            Assert.Equal(Encode(frames, from, said), Encode(frames, from, frames.Open(from, to, frames.Seal(from, to, frame))));
        }
    }

    [Fact]
    public void Every_failure_is_refused()
    {
        var frames = new TraceFrames(_keys);
        foreach (var vector in TraceVectors["failures"]!.AsArray())
        {
            var (from, said) = (vector!.Of("from"), frames.Open(vector!.Of("from"), vector!.Of("to"), vector!.Of("text")));
            Assert.False(said is HereFrame here && frames.IsOf(here.Author, from, here.Body, here.Signature), vector!.Of("why"));
            Assert.True(said is null or HereFrame, vector!.Of("why"));
        }
    }

    [Fact]
    public void What_is_handed_over_is_what_its_author_signed()
    {
        var format = new Enc2(_keys);
        using var author = new Enc2Author(format, "ann");
        var id = Guid.NewGuid();
        var message = author.Seal(id, DateTimeOffset.UnixEpoch, "hello", []);
        var frame = Assert.IsType<MessagesFrame>(Sent(TraceFrames.HandOver([new HandedMessage(id, 1024, author.Signed)]).Single()));
        var handed = Assert.Single(frame.Messages);
        Assert.Equal((id, 1024), (handed.Id, handed.Created));
        Assert.Equal(format.Open(id, message).Hash, format.Read(id, handed.Signed).Hash);
        Assert.Equal(SealFault.Signed, format.Read(Guid.NewGuid(), handed.Signed).Fault);

        TraceFrame? Sent(byte[] bytes) => new TraceFrames(_keys) is var frames ? frames.Open("a", "b", frames.Seal("a", "b", bytes)) : null;
    }

    private static byte[] Encode(TraceFrames frames, string listener, TraceFrame? said)
    {
        if (said is HereFrame here) Assert.True(frames.IsOf(here.Author, listener, here.Body, here.Signature));
        if (said is FarewellFrame last) Assert.True(frames.IsOf(last.Author, listener, last.Body, last.Signature));
        return said switch
        {
            HelloFrame hello => TraceFrames.SayHello(hello.Has),
            HereFrame one => Bytes.Join(one.Body, one.Signature),
            MessagesFrame messages => TraceFrames.HandOver(messages.Messages).Single(),
            FarewellFrame farewell => Bytes.Join(farewell.Body, farewell.Signature),
            _ => [],
        };
    }
}
