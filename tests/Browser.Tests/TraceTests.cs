using System.Globalization;
using System.Security.Cryptography;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>Streams that no server holds: what was said lives in the pages of those who said it, and goes with them.</summary>
public sealed class TraceTests(Chromium chromium) : TraceTest(chromium)
{
    [Fact]
    public async Task Whoever_comes_is_handed_what_was_said_and_the_server_holds_and_learns_nothing()
    {
        var ann = await OpenAsync("");
        var link = await BeginAsync(ann, "household matters");
        await Expect(ann.Locator(".card.empty")).ToContainTextAsync("People can still copy what they see");
        await NameAsync(ann, "Ann Secretive");
        await SayAsync(ann, "breakfast at eight");
        await SayAsync(ann, "bring bread");
        var bob = await OpenAsync(link, name: "Bob Secretive");
        await Expect(Texts(bob)).ToHaveTextAsync(["breakfast at eight", "bring bread"]);
        await Expect(bob.Locator(".message .name").First).ToHaveTextAsync("Ann Secretive");
        await SayAsync(bob, "I will be there");
        var eve = await OpenAsync(link);
        foreach (var page in (IPage[])[ann, bob, eve])
        {
            await Expect(Texts(page)).ToHaveTextAsync(["breakfast at eight", "bring bread", "I will be there"]);
            await ExpectNoFindingsAsync(page);
        }

        var stream = RoomOf(link).Stream.Stream;
        Assert.Empty((await Node.GetAsync($"messages?stream={stream}&limit=1024")).AsArray());
        var secrets = new[] { link.Split('/')[3], link.Split('/')[3][..12], "household", "breakfast", "I will be there", "Secretive" };
        Assert.Contains(Node.Received, request => request.StartsWith("POST /signals", StringComparison.Ordinal));
        foreach (var request in Node.Received)
            foreach (var secret in secrets)
                Assert.DoesNotContain(secret, request, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Whoever_closes_the_page_takes_along_what_they_wrote_at_once()
    {
        var ann = await OpenAsync("");
        var link = await BeginAsync(ann, "");
        await SayAsync(ann, "stays");
        var bob = await OpenAsync(link);
        await Expect(Texts(bob)).ToHaveTextAsync(["stays"]);
        await NameAsync(bob, "Bob");
        await SayAsync(bob, "goes");
        await SayAsync(bob, "goes too");
        await Expect(Texts(ann)).ToHaveTextAsync(["stays", "goes", "goes too"]);
        await bob.CloseAsync();
        await Expect(Texts(ann)).ToHaveTextAsync(["stays"]);
        await Expect(ann.Locator(".line.gap")).ToHaveTextAsync("Bob left, and 2 messages with them.");
        var eve = await OpenAsync(link);
        await Expect(Texts(eve)).ToHaveTextAsync(["stays"]);
        await SayAsync(eve, "one more");
        await Expect(Texts(ann)).ToHaveTextAsync(["stays", "one more"]);
        await ExpectNoFindingsAsync(eve);
        await ann.CloseAsync();
        await Expect(Texts(eve)).ToHaveTextAsync(["one more"]);
        await Expect(eve.Locator(".line.gap")).ToHaveTextAsync("Someone left, and one message with them.");
    }

    [Fact]
    public async Task Whoever_is_cut_off_has_some_time_to_come_back_and_vanishes_after_it()
    {
        var ann = await OpenWithClockAsync("");
        var link = await BeginAsync(ann, "");
        await SayAsync(ann, "before");
        var room = RoomOf(link);
        var bob = await TracePeer.ComeAsync(Node, room, "Bob");
        await bob.SayAsync("from bob");
        await using var kim = await TracePeer.ComeAsync(Node, room, "Kim");
        await kim.SayAsync("from kim");
        await Expect(Texts(ann)).ToHaveTextAsync(["before", "from bob", "from kim"]);
        await Expect(ann.Locator("#people-count")).ToHaveTextAsync("3");
        await bob.DisposeAsync();
        await Expect(ann.Locator("#people-count")).ToHaveTextAsync("2");
        await ann.Clock.RunForAsync(8_000);
        await Expect(Texts(ann)).ToHaveCountAsync(3);
        await ann.Clock.RunForAsync(13_000);
        await Expect(Texts(ann)).ToHaveTextAsync(["before", "from kim"]);
        await Expect(ann.Locator(".line.gap")).ToHaveTextAsync("Bob left, and one message with them.");
    }

    [Fact]
    public async Task A_reload_is_leaving_and_the_page_warns_before()
    {
        var ann = await OpenAsync("");
        var link = await BeginAsync(ann, "");
        await SayAsync(ann, "from ann");
        var bob = await OpenAsync(link);
        await Expect(Texts(bob)).ToHaveTextAsync(["from ann"]);
        var warnings = new List<string>();
        foreach (var page in (IPage[])[ann, bob])
            page.Dialog += async (_, dialog) =>
            {
                warnings.Add(dialog.Type);
                await dialog.AcceptAsync();
            };
        await bob.ClickAsync("#scroller"); // a browser asks only where somebody has done something
        await bob.ReloadAsync();
        Assert.Empty(warnings); // bob has written nothing, so nothing would be lost
        await Expect(Texts(bob)).ToHaveTextAsync(["from ann"]);
        await ann.ReloadAsync();
        Assert.Equal(["beforeunload"], warnings);
        await Expect(Texts(bob)).ToHaveCountAsync(0);
        await Expect(bob.Locator(".line.gap")).ToHaveTextAsync("Someone left, and one message with them.");
        await Expect(bob.Locator(".card.empty")).ToBeVisibleAsync();
        await Expect(Texts(ann)).ToHaveCountAsync(0);
        await SayAsync(ann, "again from ann");
        await Expect(Texts(bob)).ToHaveTextAsync(["again from ann"]);
        await ExpectNoFindingsAsync(bob, lines: 1);
    }

    [Fact]
    public async Task Fifty_authors_hand_over_1024_messages_and_only_what_is_lacking()
    {
        var (room, link) = await BeginRoomAsync();
        var authors = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => TracePeer.ComeAsync(Node, room, $"author {i}")));
        for (var i = 0; i < authors.Length; i++) authors[i].Have(i < 24 ? 21 : 20, at => $"{i}: what somebody said, number {at}");
        var page = await OpenBlankAsync();
        await page.AddInitScriptAsync(Tapping("data => data && (window.connected ??= performance.now())") + """
            addEventListener('DOMContentLoaded', () => {
              window.progress = [];
              new MutationObserver(() => {
                const words = document.querySelector('#status').textContent;
                if (words) window.progress.push(words);
                const { length } = document.querySelectorAll('.message');
                if (length === 1024) window.complete ??= performance.now();
              }).observe(document.body, { childList: true, subtree: true, characterData: true });
            });
            """);
        await page.GotoAsync($"{Node.Address}/{link}");
        await Expect(Texts(page)).ToHaveCountAsync(1024);
        var (connected, complete) = (await page.EvaluateAsync<double>("window.connected"), await page.EvaluateAsync<double>("window.complete"));
        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture,
            $"1024 messages of 50 authors: {complete - connected:F0} ms after the page was connected, {complete:F0} ms after it was opened"));
        await Expect(page.Locator("#status")).ToBeEmptyAsync();
        Assert.Contains(await page.EvaluateAsync<string[]>("window.progress"), words => words.StartsWith("Fetching history from ", StringComparison.Ordinal));
        await Expect(page.Locator(".note, .badge.warn, .broken, .line")).ToHaveCountAsync(0);

        var before = authors.SelectMany(author => author.Hellos).ToHashSet(); // whoever is slow was asked again, and may still be answering
        await page.EvaluateAsync("dispatchEvent(new Event('online'))"); // it connects anew, and lacks nothing
        await UntilAsync(() => authors.All(author => author.Hellos.Except(before).Any()), "another hello");
        await UntilAsync(() => authors.All(author => author.Answered == author.Hellos.Count()), "another answer");
        Assert.Empty(authors.SelectMany(author => author.SaidTo).Except(before));
        await Expect(Texts(page)).ToHaveCountAsync(1024);
        foreach (var author in authors) await author.DisposeAsync();
    }

    [Fact]
    public async Task The_longest_texts_are_handed_over_too()
    {
        var ann = await OpenAsync("");
        var link = await BeginAsync(ann, "");
        await NameAsync(ann, string.Concat(Enumerable.Repeat("🐝", 32)));
        var longest = string.Concat(Enumerable.Repeat("🌞", 1024));
        foreach (var text in (string[])["short", longest, "y", longest]) await SayAsync(ann, text);
        var bob = await OpenAsync(link);
        await Expect(Texts(bob)).ToHaveTextAsync(["short", longest, "y", longest]);
        await ExpectNoFindingsAsync(bob);
    }

    [Fact]
    public async Task When_the_node_is_killed_and_comes_back_empty_everything_is_there_and_it_holds_nothing()
    {
        var port = Node.Port;
        var (ann, bob, link) = await TalkAsync();
        await Node.DisposeAsync();
        await Expect(bob.Locator("#status")).ToContainTextAsync("Connection lost");
        Node = await TestNode.StartAsync(port: port);
        foreach (var page in (IPage[])[ann, bob])
        {
            await Expect(page.Locator("#people-count")).ToHaveTextAsync("2");
            await Expect(page.Locator("#status")).ToBeEmptyAsync();
        }

        await SayAsync(ann, "on another node");
        await Expect(Texts(bob)).ToHaveTextAsync(["before", "and from bob", "on another node"]);
        var eve = await OpenAsync(link);
        foreach (var page in (IPage[])[ann, bob, eve])
        {
            await Expect(Texts(page)).ToHaveTextAsync(["before", "and from bob", "on another node"]);
            await ExpectNoFindingsAsync(page);
        }

        Assert.Empty((await Node.GetAsync($"messages?stream={RoomOf(link).Stream.Stream}")).AsArray());
        await bob.CloseAsync();
        await Expect(Texts(eve)).ToHaveTextAsync(["before", "on another node"]);
    }

    [Fact]
    public async Task What_a_page_posts_before_it_has_found_the_node_again_is_not_held_there()
    {
        var port = Node.Port;
        var (ann, bob, link) = await TalkAsync();
        foreach (var page in (IPage[])[ann, bob]) await page.RouteAsync("**/events?*", route => route.AbortAsync());
        await Node.DisposeAsync();
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.Locator("#status")).ToContainTextAsync("Connection lost");
        Node = await TestNode.StartAsync(port: port);
        await bob.CloseAsync();
        await SayAsync(ann, "not for the node");
        Assert.Empty((await Node.GetAsync($"messages?stream={RoomOf(link).Stream.Stream}")).AsArray());
        Assert.Single(Node.Received, request => request.StartsWith("POST /messages", StringComparison.Ordinal)); // and no farewell
        await ann.UnrouteAllAsync();
        await ann.EvaluateAsync("dispatchEvent(new Event('online'))"); // it would wait ever longer
        var eve = await OpenAsync(link);
        await Expect(Texts(eve)).ToHaveTextAsync(["before", "not for the node"]);
    }

    [Fact]
    public async Task What_was_said_while_a_page_was_cut_off_is_handed_over_when_it_is_back()
    {
        var (room, link) = await BeginRoomAsync();
        var ann = await OpenAsync(link);
        await ListensAsync(ann);
        await SayAsync(ann, "from ann");
        var isAway = true;
        Node.Instead = context =>
        {
            var refuse = isAway && context.Request.Headers.UserAgent.ToString().StartsWith("Mozilla", StringComparison.Ordinal);
            if (refuse) context.Abort();
            return refuse;
        };
        Node.CutEvents();
        await Expect(ann.Locator("#status")).ToContainTextAsync("Connection lost");
        await using var bob = await TracePeer.ComeAsync(Node, room, "Bob");
        await bob.SayAsync("meanwhile");
        await bob.SayAsync("and once more");
        isAway = false;
        await Expect(Texts(ann)).ToHaveTextAsync(["from ann", "meanwhile", "and once more"]);
        await ExpectNoFindingsAsync(ann);
    }

    [Fact]
    public async Task When_nobody_writes_it_ends_on_every_screen_and_can_begin_again()
    {
        var time = await UseNodeWithClockAsync();
        var room = new TraceRoom(RandomNumberGenerator.GetBytes(32));
        await Node.BeginAsync(room.Stream.Stream, isPrivate: true, keep: 0, ttl: 4);
        var ann = await OpenAsync($"#/t/any/{room.Stream.Key}");
        await ListensAsync(ann);
        await SayAsync(ann, "soon gone");
        time.Advance(TimeSpan.FromSeconds(5));
        await Expect(Texts(ann)).ToHaveCountAsync(0);
        await Expect(ann.Locator(".line.gap")).ToContainTextAsync("this stream has ended");
        var bob = await OpenAsync($"#/t/any/{room.Stream.Key}");
        await UntilAsync(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(1)); // who listens is told once a second, by a clock that stands still
            return int.TryParse(await bob.Locator("#people-count").TextContentAsync(), out _);
        }, "who listens");
        await Expect(bob.Locator(".card.empty")).ToBeVisibleAsync();
        await SayAsync(ann, "begun again");
        Assert.Empty((await Node.GetAsync($"messages?stream={room.Stream.Stream}")).AsArray());
        await Expect(Texts(bob)).ToHaveTextAsync(["begun again"]);
    }

    [Fact]
    public async Task Where_the_server_holds_what_is_said_nothing_is_sent()
    {
        var (room, link) = await BeginRoomAsync(keep: 1024);
        var page = await OpenAsync(link);
        await ListensAsync(page);
        await Expect(page.Locator(".line.danger")).ToContainTextAsync("The server holds what is said under this name");
        await page.FillAsync("#box", "not for the server");
        await page.PressAsync("#box", "Enter");
        await Expect(page.Locator("#problem")).ToContainTextAsync("nothing was sent");
        Assert.Empty((await Node.GetAsync($"messages?stream={room.Stream.Stream}")).AsArray());
        Assert.DoesNotContain(Node.Received, request => request.StartsWith("POST /messages", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_link_opens_as_what_it_is_or_not_at_all()
    {
        var (_, link) = await BeginRoomAsync();
        var page = await OpenAsync(link.Replace("/t/", "/e/", StringComparison.Ordinal));
        await Expect(page.Locator("#start")).ToContainTextAsync("incomplete or damaged");
        await page.EvaluateAsync("link => { location.hash = link; }", link[..^1]);
        await Expect(page.Locator("#start")).ToContainTextAsync("incomplete or damaged");
        await page.EvaluateAsync("link => { location.hash = link; }", link);
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-kind", "trace");
        await page.ClickAsync("[data-does=server]");
        await Expect(page.Locator("#server-body")).ToContainTextAsync("the server holds nothing of it");
    }

    /// <summary>Two people in a stream that leaves no trace, who have said something each.</summary>
    private async Task<(IPage Ann, IPage Bob, string Link)> TalkAsync()
    {
        var ann = await OpenAsync("");
        var link = await BeginAsync(ann, "");
        await SayAsync(ann, "before");
        var bob = await OpenAsync(link);
        await Expect(Texts(bob)).ToHaveTextAsync(["before"]);
        await SayAsync(bob, "and from bob");
        await Expect(Texts(ann)).ToHaveTextAsync(["before", "and from bob"]);
        return (ann, bob, link);
    }
}
