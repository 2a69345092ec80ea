using Malten.Client;

namespace Malten.Browser.Tests;

/// <summary>The page and <c>Malten.Client</c> in one conversation, in both directions and with either side first.</summary>
public sealed class ClientTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task In_an_encrypted_stream_that_a_page_began_both_read_each_other()
    {
        var page = await OpenAsync("", name: "ann");
        var link = await EncryptedStreamTests.BeginAsync(page, "family matters");
        await SayAsync(page, "supper at eight");
        await using var client = new MaltenClient(Node.Address);
        using var room = await client.JoinAsync(EncryptedLink.Parse(link), "bob");
        await using var items = new Heard(stop => room.ListenAsync(Cursor.Beginning, stop));
        var first = await items.NextAsync<EncryptedMessage>();
        Assert.Equal(("supper at eight", "ann", false, Findings.None), (first.Text, first.Name, first.IsOwn, first.Findings));
        await room.PostAsync("Grüße, 你好, 🌞");
        await Expect(Texts(page)).ToHaveTextAsync(["supper at eight", "Grüße, 你好, 🌞"]);
        await Expect(page.Locator(".message:not(.own) .name")).ToHaveTextAsync("bob");
        await SayAsync(page, "bread?");
        await room.PostAsync("and salt");
        await items.NextAsync<EncryptedMessage>(); // its own
        foreach (var text in (string[])["bread?", "and salt"])
            Assert.Equal((text, Findings.None), await items.NextAsync<EncryptedMessage>() is var message ? (message.Text, message.Findings) : default);
        await Expect(Texts(page)).ToHaveCountAsync(4);
        await Expect(page.Locator(".note")).ToHaveCountAsync(0); // the page, too, finds that all fits together
        Assert.Equal("family matters", room.Link.Label);
    }

    [Fact]
    public async Task In_an_encrypted_stream_that_a_client_began_the_page_reads_all_and_each_finds_what_is_missing()
    {
        await using var client = new MaltenClient(Node.Address);
        using var room = await client.JoinAsync(EncryptedLink.New("from a script", new Uri(Node.Address)), "script");
        for (var i = 0; i < 3; i++) await room.PostAsync($"line {i}");
        var page = await OpenAsync($"#{room.Link.ToText().Split('#')[1]}", name: "ann");
        await Expect(Texts(page)).ToHaveTextAsync(["line 0", "line 1", "line 2"]);
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("from a script");
        await Expect(page.Locator(".note")).ToHaveCountAsync(0);
        await using var items = new Heard(stop => room.ListenAsync(cancellationToken: stop));
        await SayAsync(page, "thanks");
        Assert.Equal("thanks", (await items.NextAsync<EncryptedMessage>(message => !message.IsOwn)).Text);
        await Node.PostAsync(room.Link.Stream, "slipped in");
        await items.NextAsync<UnencryptedMessage>();
    }

    [Fact]
    public async Task A_page_invites_a_client_into_a_pipe()
    {
        var page = await OpenAsync("", name: "ann");
        var link = await PipeTests.InviteAsync(page);
        await using var client = new MaltenClient(Node.Address);
        await using var pipe = client.Join(PipeLink.Parse(link), "bob");
        await using var items = await TalkAsync(page, pipe, "ann");
        await pipe.LeaveAsync();
        await Expect(page.Locator(".line.gap").Last).ToContainTextAsync("The other person has left");
    }

    [Fact]
    public async Task A_client_invites_a_page_into_a_pipe_and_each_learns_when_the_other_has_left()
    {
        await using var client = new MaltenClient(Node.Address);
        await using var pipe = await client.InviteAsync("bob");
        var page = await OpenAsync($"#{pipe.Link!.ToText().Split('#')[1]}", name: "ann");
        await PipeTests.OpenPipeAsync(page);
        await using var items = await TalkAsync(page, pipe, "ann");
        await page.GotoAsync($"{Node.Address}/healthz");
        Assert.Equal(new PipeClosed(PipeEnd.Left), await items.NextAsync<PipeClosed>());
    }

    /// <summary>Both see the same safety code, read each other and learn that what they wrote has arrived.</summary>
    private static async Task<Heard> TalkAsync(IPage page, EncryptedPipe pipe, string name)
    {
        var items = new Heard(pipe.ListenAsync);
        var opened = await items.NextAsync<PipeOpened>();
        Assert.Equal(await PipeTests.CodeAsync(page), opened.SafetyCode);
        await SayAsync(page, "is it you?");
        var question = await items.NextAsync<PipeMessage>();
        Assert.Equal(("is it you?", name, 1L, PipeFindings.None), (question.Text, question.Name, question.Number, question.Findings));
        await pipe.PostAsync("it is");
        await pipe.PostAsync("你好 🌞");
        await Expect(Texts(page)).ToHaveTextAsync(["is it you?", "it is", "你好 🌞"]);
        await Expect(page.Locator(".note")).ToHaveCountAsync(0);
        await Expect(page.Locator(".message.own .receipt")).ToHaveTextAsync("received");
        await UntilAsync(() => pipe.HasArrived(2), "The page did not acknowledge.");
        await SayAsync(page, "and another turn");
        Assert.Equal(PipeFindings.None, (await items.NextAsync<PipeMessage>()).Findings);
        return items;
    }
}
