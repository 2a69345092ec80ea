using System.Buffers.Text;
using System.Security.Cryptography;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>A hostile server tampers with a pipe, and the pages notice.</summary>
public sealed class PipeAttackTests(Chromium chromium) : PageTest(chromium)
{
    private TamperingBroker Server => Node.Tampering!;

    public override async ValueTask InitializeAsync() => Node = await TestNode.StartAsync(hostile: true);

    [Fact]
    public async Task A_swapped_key_of_the_inviter_is_caught_by_the_commitment()
    {
        using var eve = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        Server.Rewrite = text => [text.StartsWith("pipe1.invite.", StringComparison.Ordinal)
            ? $"pipe1.invite.{Base64Url.EncodeToString(Pipe1.PublicBytes(eve))}" : text];
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await Expect(bob.Locator(".line.danger")).ToContainTextAsync("swapped a key");
        await Expect(bob.Locator("#box")).ToBeDisabledAsync();
        Assert.DoesNotContain(Node.Received, request => request.Contains("pipe1.join.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_swapped_key_of_the_joiner_is_caught_by_the_links_secret()
    {
        using var eve = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var ann = await OpenAsync("");
        var link = await PipeTests.InviteAsync(ann);
        var stream = link.Split(',')[1].Split('.')[0];
        var inviter = Enc1.FromBase64Url(Node.Received.Select(request => request.Split("pipe1.invite."))
            .First(parts => parts.Length > 1)[1].Split('"')[0]);
        Server.Rewrite = text =>
        {
            if (!text.StartsWith("pipe1.join.", StringComparison.Ordinal)) return [text];
            // The proof uses everything that the server can know; the server has to guess the link's secret.
            var own = Pipe1.PublicBytes(eve);
            var keys = new Pipe1(eve, inviter, inviter, own, new byte[16], stream);
            return [$"pipe1.join.{Base64Url.EncodeToString(own)}.{keys.Prove("join")}"];
        };
        var bob = await OpenAsync(link);
        await Expect(ann.Locator(".line.danger")).ToContainTextAsync("swapped a key");
        await Expect(ann.Locator("#box")).ToBeDisabledAsync();
        await Expect(bob.Locator(".line.good")).ToHaveCountAsync(0);
        await Expect(bob.Locator("#box")).ToBeDisabledAsync();
    }

    [Fact]
    public async Task A_proof_of_another_kind_or_a_key_off_the_curve_is_refused()
    {
        Server.Rewrite = text =>
        {
            if (!text.StartsWith("pipe1.join.", StringComparison.Ordinal)) return [text];
            var key = new byte[65];
            (key[0], key[5]) = (4, 1);
            return [$"pipe1.join.{Base64Url.EncodeToString(key)}.{text.Split('.')[3]}"];
        };
        var ann = await OpenAsync("");
        await OpenAsync(await PipeTests.InviteAsync(ann));
        await Expect(ann.Locator(".line.danger")).ToContainTextAsync("swapped a key");
    }

    [Fact]
    public async Task A_forged_acceptance_is_refused()
    {
        Server.Rewrite = text =>
        {
            if (!text.StartsWith("pipe1.accept.", StringComparison.Ordinal)) return [text];
            return [$"{text[..text.LastIndexOf('.')]}.{Base64Url.EncodeToString(new byte[32])}"];
        };
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await Expect(bob.Locator(".line.danger")).ToContainTextAsync("swapped a key");
    }

    [Fact]
    public async Task A_replayed_message_is_not_shown_again()
    {
        var (ann, bob) = await MeetAsync();
        Server.Rewrite = text => [text, text];
        await ann.FillAsync("#box", "pay once");
        await ann.PressAsync("#box", "Enter");
        await Expect(bob.Locator(".broken .text")).ToContainTextAsync(["twice or out of order"]);
        await Expect(Texts(bob).GetByText("pay once", new() { Exact = true })).ToHaveCountAsync(1);
        await Expect(Texts(ann).GetByText("pay once", new() { Exact = true })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_message_played_back_to_its_sender_is_not_taken_for_the_others()
    {
        var (ann, bob) = await MeetAsync();
        var said = "";
        Server.Rewrite = text =>
        {
            if (said.Length == 0)
            {
                said = text;
                return [text];
            }

            return [said, text];
        };
        await SayAsync(ann, "mine");
        await bob.FillAsync("#box", "yours");
        await bob.PressAsync("#box", "Enter");
        await Expect(ann.Locator(".broken .text")).ToContainTextAsync(["does not decrypt"]);
        await Expect(Texts(ann).GetByText("mine", new() { Exact = true })).ToHaveCountAsync(1);
        await Expect(Texts(ann).GetByText("yours", new() { Exact = true })).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Reordered_messages_are_noticed()
    {
        var (ann, bob) = await MeetAsync();
        string? held = null;
        Server.Rewrite = text =>
        {
            if (held is null)
            {
                held = text;
                return ["enc1.AAAA"]; // the post needs some answer
            }

            return [text, held];
        };
        await ann.FillAsync("#box", "first");
        await ann.PressAsync("#box", "Enter");
        await Expect(bob.Locator(".broken")).ToHaveCountAsync(1);
        await ann.FillAsync("#box", "second");
        await ann.PressAsync("#box", "Enter");
        await Expect(bob.Locator(".message.sealed .note")).ToContainTextAsync(["before this one did not arrive"]);
        await Expect(bob.Locator(".message.sealed .text")).ToHaveTextAsync(["second"]);
        await Expect(bob.Locator(".broken .text").Last).ToContainTextAsync("out of order");
    }

    [Fact]
    public async Task A_message_that_was_dropped_is_missed()
    {
        var (ann, bob) = await MeetAsync();
        var count = 0;
        Server.Rewrite = text => [++count == 1 ? "dropped, and this put in its place" : text];
        await ann.FillAsync("#box", "first");
        await ann.PressAsync("#box", "Enter");
        await Expect(bob.Locator(".message.clear .badge")).ToHaveTextAsync("not encrypted");
        await ann.FillAsync("#box", "second");
        await ann.PressAsync("#box", "Enter");
        await Expect(bob.Locator(".message.sealed .note")).ToContainTextAsync(["A message before this one did not arrive"]);
    }

    private async Task<(IPage Ann, IPage Bob)> MeetAsync()
    {
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await PipeTests.CodeAsync(ann);
        await PipeTests.CodeAsync(bob);
        return (ann, bob);
    }
}
