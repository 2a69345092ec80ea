using Malten.Client.Encryption;

namespace Malten.Client.Tests;

/// <summary>What one side of a pipe makes of what the server gives back.</summary>
public sealed class PipeSessionTests
{
    [Fact]
    public void A_text_that_comes_back_after_it_was_given_up_is_not_taken_for_a_forgery()
    {
        var (ann, bob) = Open();
        using (ann)
        using (bob)
        {
            var (lost, message) = bob.Seal("stored, though bob was told otherwise");
            bob.GiveUp(lost.Id);
            Assert.Empty(bob.Take(At(lost.Id, message)).Items);
            Assert.Equal(PipeFindings.None, Heard(ann, At(lost.Id, message)).Findings);
            var (next, another) = bob.Seal("next");
            Assert.Equal(("next", 2L, PipeFindings.None), Heard(ann, At(next.Id, another)) is var heard ? (heard.Text, heard.Number, heard.Findings) : default);
            bob.GiveUp(lost.Id); // it has come back: it is no gap
            var (last, third) = bob.Seal("last");
            Assert.Equal(PipeFindings.None, Heard(ann, At(last.Id, third)).Findings);
        }
    }

    private static PipeMessage Heard(PipeSession session, Message message) => Assert.IsType<PipeMessage>(session.Take(message).Items[^1]);

    private static Message At(Guid id, string text) =>
        new() { Id = id, Text = text, Created = new Timestamp(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1_000_000 / 1024 * 1024), Stream = "s" };

    private static (PipeSession Ann, PipeSession Bob) Open()
    {
        var side = Pipe2Inviter.New(null);
        var secrets = new PipeSecrets("s", new byte[16], side.Commitment);
        var ann = new PipeSession(new InviterHandshake(secrets, side), "ann", TimeProvider.System);
        var bob = new PipeSession(new JoinerHandshake(secrets, null), "bob", TimeProvider.System);
        var frame = bob.Begin().Frames[0];
        foreach (var next in (PipeSession[])[ann, bob, ann]) frame = next.Take(At(Guid.NewGuid(), frame)).Frames[0];
        var (id, first) = bob.Take(At(Guid.NewGuid(), frame)).Note!.Value;
        Assert.IsType<PipeOpened>(ann.Take(At(id, first)).Items[0]);
        return (ann, bob);
    }
}
