using Malten.Client;

namespace Malten.Browser.Tests;

/// <summary>The page and <c>Malten.Client</c> in one stream that leaves no trace: each hands over to the other, and takes along its own.</summary>
public sealed class TraceClientTests(Chromium chromium) : TraceTest(chromium)
{
    [Fact]
    public async Task A_client_that_comes_is_handed_what_pages_said_and_takes_along_what_it_says()
    {
        var ann = await OpenAsync("", name: "ann");
        var link = await BeginAsync(ann, "family matters");
        await SayAsync(ann, "supper at eight");
        await SayAsync(ann, "Grüße, 你好, 🌞");
        await using var client = new MaltenClient(Node.Address);
        await using var bob = client.Join(TraceLink.Parse(link), "bob");
        Assert.Equal("family matters", bob.Link.Label);
        await using var items = new Heard(bob.ListenAsync);
        foreach (var text in (string[])["supper at eight", "Grüße, 你好, 🌞"])
        {
            var message = await items.NextAsync<EncryptedMessage>();
            Assert.Equal((text, "ann", true, Findings.None), (message.Text, message.Name, message.IsHandedOver, message.Findings));
        }

        await bob.PostAsync("I will be there");
        await bob.PostAsync("with bread");
        await Expect(Texts(ann)).ToHaveTextAsync(["supper at eight", "Grüße, 你好, 🌞", "I will be there", "with bread"]);
        await Expect(ann.Locator(".message:not(.own) .name").First).ToHaveTextAsync("bob");
        await ExpectNoFindingsAsync(ann);
        var eve = await OpenAsync(link);
        await Expect(Texts(eve)).ToHaveTextAsync(["supper at eight", "Grüße, 你好, 🌞", "I will be there", "with bread"]);
        await ExpectNoFindingsAsync(eve);

        await bob.LeaveAsync();
        foreach (var page in (IPage[])[ann, eve])
        {
            await Expect(Texts(page)).ToHaveTextAsync(["supper at eight", "Grüße, 你好, 🌞"]);
            await Expect(page.Locator(".line.gap")).ToHaveTextAsync("bob left, and 2 messages with them.");
        }

        Assert.Empty((await Node.GetAsync($"messages?stream={RoomOf(link).Stream.Stream}&limit=1024")).AsArray());
    }

    [Fact]
    public async Task A_page_that_comes_is_handed_what_a_client_said_and_takes_along_what_it_says()
    {
        await using var client = new MaltenClient(Node.Address);
        await using var bob = client.Join(TraceLink.New("from a script", new Uri(Node.Address)), "bob");
        await using var items = new Heard(bob.ListenAsync);
        await items.NextAsync<Opened>();
        for (var i = 0; i < 40; i++) await bob.PostAsync($"line {i}");
        var ann = await OpenAsync($"#{bob.Link.ToText().Split('#')[1]}", name: "ann");
        await Expect(ann.Locator("#title-text")).ToHaveTextAsync("from a script");
        await Expect(Texts(ann)).ToHaveTextAsync([.. Enumerable.Range(0, 40).Select(i => $"line {i}")]);
        await SayAsync(ann, "thanks");
        await ExpectNoFindingsAsync(ann);
        var live = await items.NextAsync<EncryptedMessage>(message => !message.IsOwn);
        Assert.Equal(("thanks", "ann", false, Findings.None), (live.Text, live.Name, live.IsHandedOver, live.Findings));
        await ann.CloseAsync();
        var left = await items.NextAsync<AuthorLeft>();
        Assert.Equal(("ann", live.Id), (left.Name, Assert.Single(left.Messages)));
    }

    [Fact]
    public async Task Whoever_lies_to_a_client_withholds_or_spoils_only_their_own()
    {
        var (room, link) = await BeginRoomAsync();
        await using var honest = await TracePeer.ComeAsync(Node, room, "honest");
        await using var liar = await TracePeer.ComeAsync(Node, room, "liar");
        honest.Have(3, at => $"honest {at}");
        liar.Have(4, at => $"own {at}");
        liar.Answers = false;
        await using var client = new MaltenClient(Node.Address);
        await using var bob = client.Join(TraceLink.Parse(link));
        await using var items = new Heard(bob.ListenAsync);
        foreach (var text in (string[])["honest 0", "honest 1", "honest 2"]) Assert.Equal(text, (await items.NextAsync<EncryptedMessage>()).Text);
        await UntilAsync(() => liar.Heard.Any(heard => heard.Frame[0] == Reference.TraceRoom.Hello), "a hello");
        var listener = liar.Heard.Last(heard => heard.Frame[0] == Reference.TraceRoom.Hello).From;

        await liar.SayHereAsync(listener);
        var (first, changed) = (liar.Own[0], liar.Own[1].Content.ToArray());
        changed[^100] ^= 1;
        await liar.HandOverAsync(listener, [honest.Own[0], first, liar.Own[1] with { Content = changed }]);
        await liar.HandOverAsync(listener, [first with { Id = honest.Own[0].Id }, liar.Own[2] with { Created = long.MaxValue / 1024 * 1024 }, liar.Own[3]]);
        await liar.SignalTextAsync(Bytes(300));
        await honest.SayFarewellAsync(signer: liar.Author);
        await liar.SayAsync("from the liar");
        var isIncomplete = false;
        foreach (var text in (string[])["own 0", "own 3", "from the liar"])
        {
            var item = await items.NextAsync<StreamItem>(one => one is EncryptedMessage or HistoryIncomplete);
            if (item is HistoryIncomplete) (isIncomplete, item) = (true, await items.NextAsync<EncryptedMessage>()); // where it is slow
            Assert.Equal(text, Assert.IsType<EncryptedMessage>(item).Text);
        }

        if (!isIncomplete) await items.NextAsync<HistoryIncomplete>(); // of four, two have come
        await honest.SayAsync("still here");
        Assert.Equal("still here", (await items.NextAsync<EncryptedMessage>()).Text);

        await liar.SayFarewellAsync();
        Assert.Equal((liar.Author.Id, 3), await items.NextAsync<AuthorLeft>() is var left ? (left.Author, left.Messages.Count) : default);
        await liar.HandOverAsync(listener);
        await honest.SayAsync("to wait for");
        Assert.Equal("to wait for", (await items.NextAsync<EncryptedMessage>()).Text);

        static string Bytes(int count) =>
            Reference.Bytes.Prefix + Reference.Bytes.ToBase64Url(System.Security.Cryptography.RandomNumberGenerator.GetBytes(count));
    }
}
