using Malten.Client.Encryption;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>Pipes between two clients over a real node.</summary>
public sealed class EncryptedPipeTests : ClientTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Two_sides_agree_on_a_code_and_talk(bool inviterHasKem, bool joinerHasKem)
    {
        var client = NewClient(await StartNodeAsync());
        var inviter = Use(await client.InviteAsync(inviterHasKem ? new ReferenceKem() : null, "ann", null, default));
        var link = PipeLink.Parse(inviter.Link!.ToText());
        var joiner = Use(client.Join(link, joinerHasKem ? new ReferenceKem() : null, "bob"));
        var (ann, bob) = (Listen(inviter), Listen(joiner));
        var (one, other) = (await bob.NextAsync<PipeOpened>(), await ann.NextAsync<PipeOpened>());
        Assert.Equal(one, other);
        Assert.Equal((inviterHasKem && joinerHasKem, 9), (one.IsHybrid, one.SafetyCode.Length));
        for (var i = 0; i < 3; i++)
        {
            await inviter.PostAsync($"from ann {i}");
            var heard = await bob.NextAsync<PipeMessage>();
            Assert.Equal(($"from ann {i}", "ann", i + 1L, PipeFindings.None), (heard.Text, heard.Name, heard.Number, heard.Findings));
            await joiner.PostAsync($"from bob {i}");
            Assert.Equal(($"from bob {i}", PipeFindings.None), await ann.NextAsync<PipeMessage>() is var answer ? (answer.Text, answer.Findings) : default);
            Assert.True(inviter.HasArrived(i + 1)); // the answer acknowledges
        }

        Assert.Null(inviter.Link);
        await joiner.LeaveAsync();
        Assert.Equal(new PipeClosed(PipeEnd.Left), await ann.NextAsync<PipeClosed>());
        await ann.EndAsync();
        Assert.Equal(PipeEnd.Over, (await bob.NextAsync<PipeClosed>()).Reason);
        await Assert.ThrowsAsync<InvalidOperationException>(() => inviter.PostAsync("to nobody"));
    }

    [Fact]
    public async Task What_is_heard_is_acknowledged_within_a_second_or_so()
    {
        var (inviter, joiner, ann, bob, _) = await OpenAsync(await StartNodeAsync());
        await inviter.PostAsync("are you there?");
        await bob.NextAsync<PipeMessage>();
        await ann.NextAsync<PipeReceipt>();
        Assert.True(inviter.HasArrived(1));
        Assert.False(inviter.HasArrived(2));
        Assert.False(joiner.HasArrived(1));
    }

    [Fact]
    public async Task A_link_of_a_pipe_that_no_node_knows_any_more_opens_one_that_is_over()
    {
        var node = await StartNodeAsync();
        var link = (await NewClient(node).InviteAsync()).Link!;
        await node.KillAsync();
        await node.StartAgainAsync();
        var listener = Listen(Use(NewClient(node).Join(link)));
        Assert.Equal(new PipeClosed(PipeEnd.Over), await listener.NextAsync<PipeClosed>());
        await listener.EndAsync();
    }

    [Fact]
    public async Task A_third_one_with_the_link_is_turned_away_and_both_learn_it()
    {
        var node = await StartNodeAsync();
        var (inviter, _, ann, bob, link) = await OpenAsync(node);
        var eve = NewClient(node).Join(link);
        Assert.Equal(PipeEnd.Taken, (await Listen(Use(eve)).NextAsync<PipeClosed>()).Reason);
        var secrets = new PipeSecrets(link.Stream, link.Secret, link.Commitment);
        await NewClient(node).PostAsync(link.Stream, PipeSession.SealedText(new Pipe2Joiner(secrets, EcdhPair.New(), null).Commit()), Seat(link));
        Assert.Equal(PipeIntrusion.OtherJoiner, (await ann.NextAsync<PipeWarning>()).Reason);
        await inviter.PostAsync("still us two");
        Assert.Equal("still us two", (await bob.NextAsync<PipeMessage>()).Text);
    }

    [Fact]
    public async Task What_was_not_made_with_the_link_opens_nothing_and_ends_nothing()
    {
        var node = await StartNodeAsync();
        var client = NewClient(node);
        var inviter = Use(await client.InviteAsync());
        var link = inviter.Link!;
        var ann = Listen(inviter);
        var foreign = new PipeSecrets(link.Stream, new byte[16], link.Commitment);
        await client.PostAsync(link.Stream, PipeSession.SealedText(new Pipe2Joiner(foreign, EcdhPair.New(), null).Commit()), Seat(link));
        Assert.Equal(PipeIntrusion.Forged, (await ann.NextAsync<PipeWarning>()).Reason);
        await client.PostAsync(link.Stream, "not encrypted", Seat(link));
        await ann.NextAsync<UnencryptedMessage>();
        var bob = Listen(Use(client.Join(link)));
        await bob.NextAsync<UnencryptedMessage>();
        Assert.Equal((await ann.NextAsync<PipeOpened>()).SafetyCode, (await bob.NextAsync<PipeOpened>()).SafetyCode);
    }

    [Fact]
    public async Task A_joiner_who_breaks_the_commitment_ends_the_pipe()
    {
        var client = NewClient(await StartNodeAsync());
        var inviter = Use(await client.InviteAsync());
        var link = inviter.Link!;
        var ann = Listen(inviter);
        var transcript = new Pipe2Transcript(new PipeSecrets(link.Stream, link.Secret, link.Commitment));
        await client.PostAsync(link.Stream, PipeSession.SealedText(transcript.Write(FrameType.Commit, new byte[32])), Seat(link));
        Message hello;
        do hello = await client.ReadAsync(link.Stream, new ReadOptions { Seat = link.Seat }).LastAsync();
        while (Bytes.FromSealed(hello.Text)![0] != FrameType.Hello);
        transcript.Read(Bytes.FromSealed(hello.Text)!);
        using var pair = EcdhPair.New();
        await client.PostAsync(link.Stream, PipeSession.SealedText(transcript.Write(FrameType.Reveal, [0], pair.PublicBytes)), Seat(link));
        Assert.Equal(PipeEnd.Cheated, (await ann.NextAsync<PipeClosed>()).Reason);
        await ann.EndAsync();
    }

    [Fact]
    public async Task What_is_changed_repeated_or_made_up_is_not_shown()
    {
        var node = await StartNodeAsync();
        var (inviter, _, _, bob, link) = await OpenAsync(node);
        await inviter.PostAsync("one");
        Assert.Equal("one", (await bob.NextAsync<PipeMessage>()).Text);
        var client = NewClient(node);
        var held = client.ReadAsync(link.Stream, new ReadOptions { Seat = link.Seat });
        var sent = await held.LastAsync(message => Bytes.FromSealed(message.Text)![0] == FrameType.Message);
        await client.PostAsync(link.Stream, sent.Text, Seat(link)); // under another id
        await bob.NextAsync<UnreadableMessage>();
        await client.PostAsync(link.Stream, PipeSession.SealedText([FrameType.Farewell, .. new byte[300]]), Seat(link));
        await bob.NextAsync<UnreadableMessage>();
        await inviter.PostAsync("two");
        Assert.Equal(("two", PipeFindings.None), await bob.NextAsync<PipeMessage>() is var two ? (two.Text, two.Findings) : default);
    }

    [Fact]
    public async Task A_pipe_that_was_not_empty_is_not_used()
    {
        var client = NewClient(await StartNodeAsync());
        await using var inviter = await client.InviteAsync();
        var link = inviter.Link!;
        await client.PostAsync(link.Stream, PipeSession.SealedText([FrameType.Message, .. new byte[100]]), Seat(link));
        var bob = Listen(Use(client.Join(link)));
        Assert.Equal(PipeEnd.Busy, (await bob.NextAsync<PipeClosed>()).Reason);
        Assert.Single(await client.ReadAsync(link.Stream, new ReadOptions { Seat = link.Seat }).ToListAsync());
    }

    [Fact]
    public async Task A_pipe_ends_with_its_stream()
    {
        var time = new FakeTime();
        var node = await StartNodeAsync(new NodeSettings { Time = time });
        var ann = (await OpenAsync(node)).Ann;
        var closed = ann.NextAsync<PipeClosed>();
        await AdvanceUntilAsync(time, TimeSpan.FromSeconds(60), () => closed.IsCompleted);
        Assert.Equal(PipeEnd.Over, (await closed).Reason);
    }

    [Fact]
    public async Task The_server_learns_neither_texts_nor_secrets()
    {
        using var handler = new InterceptingHandler();
        var client = NewClient(Options(await StartNodeAsync()) with { Handler = handler });
        var inviter = Use(await client.InviteAsync("Ann Secretive"));
        var token = inviter.Link!.ToText()[^64..];
        var (joiner, ann) = (Use(client.Join(inviter.Link!)), Listen(inviter));
        var bob = Listen(joiner);
        await ann.NextAsync<PipeOpened>();
        await inviter.PostAsync("for two only");
        await bob.NextAsync<PipeMessage>();
        foreach (var secret in (string[])[token[..20], token[24..44], "two only", "Secretive"])
            Assert.DoesNotContain(handler.Requests, request => $"{request}".Contains(secret, StringComparison.Ordinal));
        Assert.DoesNotContain(token[..20], $"{joiner} {inviter}", StringComparison.Ordinal);
    }

    private static PostOptions Seat(PipeLink link) => new() { Seat = link.Seat };

    private Listener Listen(EncryptedPipe pipe) => Use(new Listener(pipe.ListenAsync));

    private async Task<Opening> OpenAsync(RunningNode node)
    {
        var client = NewClient(node);
        var inviter = Use(await client.InviteAsync("ann"));
        var link = inviter.Link!;
        var joiner = Use(client.Join(link, "bob"));
        var (ann, bob) = (Listen(inviter), Listen(joiner));
        await bob.NextAsync<PipeOpened>();
        await ann.NextAsync<PipeOpened>();
        return new Opening(inviter, joiner, ann, bob, link);
    }

    /// <summary>Both sides of an open pipe, and the link that opened it.</summary>
    private sealed record Opening(EncryptedPipe Inviter, EncryptedPipe Joiner, Listener Ann, Listener Bob, PipeLink Link);
}
