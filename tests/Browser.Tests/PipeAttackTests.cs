using System.Security.Cryptography;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>A hostile server, or somebody who took the link, steps into the handshake of a pipe.</summary>
public sealed class PipeAttackTests(Chromium chromium) : PageTest(chromium)
{
    private TamperingBroker Server => Node.Tampering!;

    public override async ValueTask InitializeAsync() => Node = await TestNode.StartAsync(hostile: true);

    [Theory]
    [InlineData(Pipe2.Commit, true)]
    [InlineData(Pipe2.Hello, false)]
    [InlineData(Pipe2.Reveal, true)]
    [InlineData(Pipe2.Accept, false)]
    public async Task A_frame_that_the_server_made_is_ignored_and_told_and_the_pipe_still_opens(byte type, bool reachesInviter)
    {
        // The server knows every frame, but not the link: it puts a forged one before each genuine one.
        Server.Rewrite = text => TypeOf(text) == type ? [Forge(text), text] : [text];
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await PipeTests.OpenPipeAsync(bob);
        var told = reachesInviter ? ann : bob;
        await Expect(told.Locator(".line.danger")).ToContainTextAsync("was not made with this link, or came twice. It was ignored");
        Assert.Equal(await PipeTests.CodeAsync(ann), await PipeTests.CodeAsync(bob));
    }

    [Theory]
    [InlineData(Pipe2.Commit)]
    [InlineData(Pipe2.Hello)]
    [InlineData(Pipe2.Reveal)]
    [InlineData(Pipe2.Accept)]
    public async Task A_frame_that_the_server_replaced_opens_nothing(byte type)
    {
        Server.Rewrite = text => [TypeOf(text) == type ? Forge(text) : text];
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await PipeTests.OpenPipeAsync(bob);
        await Expect((type is Pipe2.Commit or Pipe2.Reveal ? ann : bob).Locator(".line.danger")).ToContainTextAsync("was not made with this link");
        foreach (var page in (IPage[])[ann, bob])
        {
            await Expect(page.Locator(".line.good")).ToHaveCountAsync(0);
            await Expect(page.Locator("#box")).ToBeDisabledAsync();
        }
    }

    [Fact]
    public async Task Whoever_took_the_link_and_stands_between_shows_two_codes()
    {
        var ann = await OpenAsync("");
        var (link, seat) = Pipe2Link.Parse(await PipeTests.InviteAsync(ann));
        await using var toAnn = new PipePeer(Node, link.Stream, seat);
        using var one = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var leg = await toAnn.JoinAsync(new Pipe2Joiner(link, one, RandomNumberGenerator.GetBytes(32)));
        await toAnn.SayAsync("hello");

        var (stream, own, others) = await PipePeer.BeginAsync(Node);
        await using var toBob = new PipePeer(Node, stream, own);
        using var two = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var inviter = new Pipe2Inviter(two, null, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(16));
        var bob = await OpenAsync($"#/p/{stream}.{others}.{inviter.Link(stream).Token}");
        await PipeTests.OpenPipeAsync(bob);
        var otherLeg = await toBob.InviteAsync(inviter);
        Assert.Equal((leg.Code, otherLeg.Code), (await PipeTests.CodeAsync(ann), await PipeTests.CodeAsync(bob)));
        Assert.NotEqual(leg.Code, otherLeg.Code);
    }

    [Fact]
    public async Task Keys_other_than_those_the_joiner_committed_to_end_the_pipe()
    {
        var ann = await OpenAsync("");
        var (link, seat) = Pipe2Link.Parse(await PipeTests.InviteAsync(ann));
        await using var peer = new PipePeer(Node, link.Stream, seat);
        using var committed = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var shown = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var handshake = new Pipe2(link);
        await peer.PostAsync(handshake.Write(Pipe2.Commit, Pipe2.Hash("joiner", new Pipe2Joiner(link, committed, null).Greeting)));
        handshake.Read(await peer.NextAsync(Pipe2.Hello));
        await peer.PostAsync(handshake.Write(Pipe2.Reveal, new Pipe2Joiner(link, shown, null).Greeting));
        await Expect(ann.Locator(".line.danger")).ToContainTextAsync("did not send the keys that were promised");
        await Expect(ann.Locator("#box")).ToBeDisabledAsync();
    }

    [Fact]
    public async Task Keys_other_than_those_the_link_commits_to_end_the_pipe()
    {
        var (stream, own, others) = await PipePeer.BeginAsync(Node);
        await using var peer = new PipePeer(Node, stream, own);
        using var pair = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var inviter = new Pipe2Inviter(pair, null, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(16));
        var bob = await OpenAsync($"#/p/{stream}.{others}.{(inviter.Link(stream) with { Commitment = new byte[32] }).Token}");
        await PipeTests.OpenPipeAsync(bob);
        var handshake = new Pipe2(inviter.Link(stream) with { Commitment = new byte[32] });
        var commitment = handshake.Read(await peer.NextAsync(Pipe2.Commit));
        await peer.PostAsync(handshake.Write(Pipe2.Hello, commitment, inviter.Greeting));
        await Expect(bob.Locator(".line.danger")).ToContainTextAsync("did not send the keys that were promised");
        Assert.DoesNotContain(Node.Received, request => request.Contains($"\"message\":\"{Bytes.Prefix}Aw", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_nonce_other_than_the_one_the_link_commits_to_opens_nothing()
    {
        // Whoever could choose the nonce last could try out nonces until the safety code is the one wanted.
        var (stream, own, others) = await PipePeer.BeginAsync(Node);
        await using var peer = new PipePeer(Node, stream, own);
        using var pair = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var secret = RandomNumberGenerator.GetBytes(16);
        var inviter = new Pipe2Inviter(pair, null, RandomNumberGenerator.GetBytes(32), secret);
        var link = inviter.Link(stream);
        var bob = await OpenAsync($"#/p/{stream}.{others}.{link.Token}");
        await PipeTests.OpenPipeAsync(bob);
        var handshake = new Pipe2(link);
        var commitment = handshake.Read(await peer.NextAsync(Pipe2.Commit));
        await peer.PostAsync(handshake.Write(Pipe2.Hello, commitment, inviter.Greeting));
        var greeting = handshake.Read(await peer.NextAsync(Pipe2.Reveal));
        var shared = Pipe2.Agree(pair, greeting[1..]);
        await peer.PostAsync(handshake.WriteAccept(RandomNumberGenerator.GetBytes(32), secret, shared, []).Frame);
        await Expect(bob.Locator(".line.danger")).ToContainTextAsync("was not made with this link");
        await Expect(bob.Locator(".line.good")).ToHaveCountAsync(0);
        await Expect(bob.Locator("#box")).ToBeDisabledAsync();
    }

    [Fact]
    public async Task A_second_handshake_ends_the_pipe_so_nobody_can_try_out_safety_codes()
    {
        var (stream, own, others) = await PipePeer.BeginAsync(Node);
        await using var peer = new PipePeer(Node, stream, own);
        using var pair = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var inviter = new Pipe2Inviter(pair, null, RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(16));
        var link = inviter.Link(stream);
        var bob = await OpenAsync($"#/p/{stream}.{others}.{link.Token}");
        await PipeTests.OpenPipeAsync(bob);
        var handshake = new Pipe2(link);
        var commitment = handshake.Read(await peer.NextAsync(Pipe2.Commit));
        await peer.PostAsync(handshake.Write(Pipe2.Hello, commitment, inviter.Greeting));
        handshake.Read(await peer.NextAsync(Pipe2.Reveal));
        await peer.PostAsync(handshake.Write(Pipe2.Hello, commitment, inviter.Greeting)); // made with the link, and continues the transcript
        await Expect(bob.Locator(".line.danger")).ToContainTextAsync("agree on keys a second time");
        await Expect(bob.Locator("#box")).ToBeDisabledAsync();
        Assert.Single(Node.Received, request => request.Contains($"\"message\":\"{Bytes.Prefix}Aw", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_handshake_whose_every_frame_the_server_repeats_still_opens_the_pipe()
    {
        Server.Rewrite = text => TypeOf(text) <= Pipe2.Accept ? [text, text] : [text];
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await PipeTests.OpenPipeAsync(bob);
        Assert.Equal(await PipeTests.CodeAsync(ann), await PipeTests.CodeAsync(bob));
    }

    [Fact]
    public async Task A_key_off_the_curve_ends_the_pipe()
    {
        var ann = await OpenAsync("");
        var (link, seat) = Pipe2Link.Parse(await PipeTests.InviteAsync(ann));
        await using var peer = new PipePeer(Node, link.Stream, seat);
        byte[] greeting = [0, 4, .. new byte[63], 1];
        var handshake = new Pipe2(link);
        await peer.PostAsync(handshake.Write(Pipe2.Commit, Pipe2.Hash("joiner", greeting)));
        handshake.Read(await peer.NextAsync(Pipe2.Hello));
        await peer.PostAsync(handshake.Write(Pipe2.Reveal, greeting));
        await Expect(ann.Locator(".line.danger")).ToContainTextAsync("did not send the keys that were promised");
    }

    [Fact]
    public async Task ML_KEM_can_not_be_talked_away()
    {
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        // The joiner's frame says that it has ML-KEM, and the inviter's that it has too: the server says otherwise.
        Server.Rewrite = text =>
        {
            var frame = Bytes.FromBase64Url(text[Bytes.Prefix.Length..]);
            if (frame[0] == Pipe2.Hello) frame[33] = 0;
            if (frame[0] == Pipe2.Reveal) frame[1] = 0;
            return [Bytes.Prefix + Bytes.ToBase64Url(frame)];
        };
        await PipeTests.OpenPipeAsync(bob);
        await Expect(bob.Locator(".line.danger")).ToContainTextAsync("was not made with this link");
        await Expect(ann.Locator(".line.good")).ToHaveCountAsync(0);
        await Expect(bob.Locator(".line.good")).ToHaveCountAsync(0);
    }

    private static byte TypeOf(string text) => Bytes.FromBase64Url(text[Bytes.Prefix.Length..])[0];

    /// <summary>The same frame with another key or nonce in it, as somebody makes it who has all but the link.</summary>
    private static string Forge(string text)
    {
        var frame = Bytes.FromBase64Url(text[Bytes.Prefix.Length..]);
        if (frame[0] == Pipe2.Hello) RandomNumberGenerator.Fill(frame.AsSpan(40, 20));
        else RandomNumberGenerator.Fill(frame.AsSpan(frame[0] == Pipe2.Reveal ? 10 : 1, 20));
        RandomNumberGenerator.Fill(frame.AsSpan(frame.Length - 32));
        return Bytes.Prefix + Bytes.ToBase64Url(frame);
    }
}
