using System.Text.RegularExpressions;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>Two browsers open one link and agree on keys that nobody else has.</summary>
public sealed class PipeTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task Two_people_meet_see_the_same_code_and_talk()
    {
        var ann = await OpenAsync("", name: "ann");
        var link = await InviteAsync(ann);
        await Expect(ann.Locator("#box")).ToBeDisabledAsync();
        var bob = await JoinAsync(link, name: "bob");
        var code = await CodeAsync(ann);
        Assert.Equal(code, await CodeAsync(bob));
        await SayAsync(ann, "is it you?");
        await Expect(Texts(bob)).ToHaveTextAsync(["is it you?"]);
        await SayAsync(bob, "it is");
        await SayAsync(bob, "and how are you?");
        await Expect(Texts(ann)).ToHaveTextAsync(["is it you?", "it is", "and how are you?"]);
        await Expect(ann.Locator(".message:not(.own) .name").First).ToHaveTextAsync("bob");
        await Expect(ann.Locator(".note")).ToHaveCountAsync(0);
        await Expect(ann.Locator(".message.own .receipt")).ToHaveTextAsync("received");
        await Expect(bob.Locator(".message.own .receipt").Last).ToHaveTextAsync("received");
    }

    [Fact]
    public async Task What_the_link_holds_never_leaves_the_browsers_and_leaves_the_address_bar()
    {
        var ann = await OpenAsync("");
        var link = await InviteAsync(ann);
        await NameAsync(ann, "Ann Secretive");
        var bob = await JoinAsync(link);
        await CodeAsync(bob);
        await SayAsync(ann, "for two only");
        await Expect(Texts(bob)).ToHaveTextAsync(["for two only"]);
        var (pipe, _) = Pipe2Link.Parse(link);
        foreach (var request in Node.Received)
            foreach (var secret in (string[])[pipe.Token[..20], pipe.Token[24..44], "for two only", "Secretive"])
                Assert.DoesNotContain(secret, request, StringComparison.Ordinal);
        Assert.Equal("#/o/" + pipe.Stream, new Uri(bob.Url).Fragment);
    }

    [Fact]
    public async Task A_third_visitor_learns_that_the_link_is_used_up()
    {
        var ann = await OpenAsync("");
        var link = await InviteAsync(ann);
        var bob = await JoinAsync(link);
        await CodeAsync(bob);
        await SayAsync(bob, "hello");
        var eve = await JoinAsync(link);
        await Expect(eve.Locator(".line.danger")).ToContainTextAsync("This link has been used already");
        await Expect(eve.Locator("#box")).ToBeDisabledAsync();
        await Expect(eve.Locator(".message")).ToHaveCountAsync(0);
        await SayAsync(ann, "still us two");
        await Expect(Texts(bob).Last).ToHaveTextAsync("still us two");
    }

    [Fact]
    public async Task A_third_visitor_learns_it_even_when_the_handshake_has_made_way_for_messages()
    {
        var ann = await OpenAsync("");
        var link = await InviteAsync(ann);
        var bob = await JoinAsync(link);
        await CodeAsync(bob);
        var (pipe, seat) = Pipe2Link.Parse(link);
        var message = Bytes.Prefix + Bytes.ToBase64Url([Pipe2.Message, .. new byte[100]]);
        for (var i = 0; i < 1024; i++) await Node.StoreAsync(pipe.Stream, message, seat);
        var eve = await JoinAsync(link);
        await Expect(eve.Locator(".line.danger")).ToContainTextAsync("There are messages in this pipe from before you came");
        await Expect(eve.Locator("#box")).ToBeDisabledAsync();
    }

    [Theory]
    [InlineData(Pipe2.Message)]
    [InlineData(Pipe2.Bye)]
    public async Task What_anybody_can_post_to_a_pipe_accuses_nobody(byte type)
    {
        var (stream, own, others) = await PipePeer.BeginAsync(Node);
        await Node.PostAsync(stream, Bytes.Prefix + Bytes.ToBase64Url([type, .. new byte[100]]), seat: own);
        var page = await JoinAsync($"#/p/{stream}.{others}.{new string('A', 64)}");
        await Expect(page.Locator(".line.danger")).ToContainTextAsync("Either it has been used already, or the server made them up: this page can’t tell.");
        await Expect(page.Locator("#log")).Not.ToContainTextAsync("somebody else");
    }

    [Fact]
    public async Task Of_two_who_open_the_link_at_once_one_gets_in()
    {
        var ann = await OpenAsync("");
        var link = await InviteAsync(ann);
        var both = await Task.WhenAll(JoinAsync(link), JoinAsync(link));
        await Expect(ann.Locator(".line.good")).ToBeVisibleAsync();
        foreach (var page in both) await Expect(page.Locator(".line.good, .line.danger")).ToBeVisibleAsync();
        var lucky = await both[0].Locator(".line.good").CountAsync() + await both[1].Locator(".line.good").CountAsync();
        Assert.Equal(1, lucky);
    }

    [Fact]
    public async Task After_a_reload_the_keys_are_gone_and_the_page_says_so()
    {
        var ann = await OpenAsync("");
        var bob = await JoinAsync(await InviteAsync(ann));
        await CodeAsync(bob);
        bob.Dialog += (_, dialog) => dialog.AcceptAsync();
        await bob.ReloadAsync();
        await Expect(bob.Locator("#start .card")).ToContainTextAsync("keys are gone");
    }

    [Fact]
    public async Task Another_stream_may_be_looked_at_meanwhile()
    {
        var ann = await OpenAsync("");
        var bob = await JoinAsync(await InviteAsync(ann));
        await CodeAsync(ann);
        await SayAsync(ann, "one");
        await SayAsync(bob, "two");
        await Expect(Texts(ann)).ToHaveTextAsync(["one", "two"]);
        await ann.ClickAsync("#home");
        await Expect(ann.Locator("#title-text")).ToHaveTextAsync("The open stream");
        await SayAsync(bob, "three");
        await ann.ClickAsync("#visited a.pipe");
        await Expect(Texts(ann)).ToHaveTextAsync(["one", "two", "three"]);
        await Expect(ann.Locator(".broken")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_link_that_is_only_looked_at_is_not_used()
    {
        var ann = await OpenAsync("");
        var link = await InviteAsync(ann);
        var before = Node.Received.Count(request => request.StartsWith("POST", StringComparison.Ordinal));
        var scanner = await OpenAsync(link);
        await Expect(scanner.Locator("#start .card")).ToContainTextAsync("opens once");
        await scanner.ReloadAsync();
        await Expect(scanner.Locator("#start .card")).ToContainTextAsync("opens once");
        Assert.Equal(before, Node.Received.Count(request => request.StartsWith("POST", StringComparison.Ordinal)));
        Assert.Single(Node.Received, // the inviter's own
            request => request.StartsWith("GET /events", StringComparison.Ordinal) && request.Contains("seat=", StringComparison.Ordinal));
        var bob = await JoinAsync(link);
        Assert.Equal(await CodeAsync(ann), await CodeAsync(bob));
    }

    [Fact]
    public async Task Keys_are_hybrid_where_both_have_it_and_both_are_told_where_one_has_not()
    {
        const string old = """
            const make = SubtleCrypto.prototype.generateKey;
            SubtleCrypto.prototype.generateKey = function (kind, ...more) {
              if (kind.name === 'ML-KEM-768') throw new DOMException('', 'NotSupportedError');
              return make.call(this, kind, ...more);
            };
            """;
        foreach (var (first, second, words) in ((string?, string?, string)[])
            [(null, null, "P-256 and ML-KEM-768 together"), (old, null, "P-256 alone"), (null, old, "P-256 alone")])
        {
            var ann = await OpenAsync("", script: first);
            var bob = await JoinAsync(await InviteAsync(ann), script: second);
            Assert.Equal(await CodeAsync(ann), await CodeAsync(bob));
            foreach (var page in (IPage[])[ann, bob]) await Expect(page.Locator(".line.good")).ToContainTextAsync(words);
            await SayAsync(ann, "hello");
            await Expect(Texts(bob)).ToHaveTextAsync(["hello"]);
        }
    }

    [Fact]
    public async Task Whoever_leaves_says_so_under_the_keys_and_nothing_can_be_written_after_that()
    {
        var ann = await OpenAsync("");
        var bob = await JoinAsync(await InviteAsync(ann));
        await CodeAsync(ann);
        await SayAsync(bob, "bye then");
        await Expect(Texts(ann)).ToHaveTextAsync(["bye then"]);
        await bob.GotoAsync("about:blank");
        await Expect(ann.Locator(".line.gap")).ToContainTextAsync("said so under the pipe’s keys");
        await Expect(ann.Locator("#box")).ToBeDisabledAsync();
        await Expect(ann.Locator(".line.danger")).ToHaveCountAsync(0);
        await ann.ClickAsync("#home");
        await Expect(ann.Locator("#title-text")).ToHaveTextAsync("The open stream");
        await ann.ClickAsync("#visited a.pipe");
        await Expect(ann.Locator("#box")).ToBeDisabledAsync();
        await Expect(ann.Locator(".message")).ToHaveCountAsync(0); // what was said is not in the page's memory any more
    }

    [Fact]
    public async Task An_absent_person_is_shown_as_absent()
    {
        var ann = await OpenAsync("");
        var bob = await JoinAsync(await InviteAsync(ann));
        await CodeAsync(ann);
        await SayAsync(bob, "wait");
        await Expect(Texts(ann)).ToHaveTextAsync(["wait"]);
        await bob.Context.SetOfflineAsync(true);
        Node.CutEvents();
        await Expect(ann.Locator("#activity")).ToContainTextAsync("says that the other person is not connected. Last sign of them: now");
        await SayAsync(ann, "are you there?");
        await Expect(ann.Locator(".receipt")).ToHaveTextAsync("not received yet");
        await bob.Context.SetOfflineAsync(false);
        await Expect(ann.Locator("#activity")).ToBeEmptyAsync();
        await Expect(ann.Locator(".receipt")).ToHaveTextAsync("received");
    }

    /// <summary>Opens a pipe's link and uses it.</summary>
    private async Task<IPage> JoinAsync(string link, string? name = null, string? script = null)
    {
        var page = await OpenAsync(link, name: name, script: script);
        await OpenPipeAsync(page);
        return page;
    }

    internal static Task OpenPipeAsync(IPage page) => page.ClickAsync("#start .primary");

    internal static async Task<string> InviteAsync(IPage page)
    {
        if (!await page.Locator("[data-does=pipe]").IsVisibleAsync()) await page.ClickAsync(".menu");
        await page.ClickAsync("[data-does=pipe]");
        await page.ClickAsync("#pipe [type=submit]");
        await page.ClickAsync(".card .primary");
        await Expect(page.Locator("#share-link")).Not.ToHaveValueAsync(""); // the dialog is loaded when it is asked for
        var link = await page.InputValueAsync("#share-link");
        await page.Keyboard.PressAsync("Escape");
        return new Uri(link).Fragment;
    }

    internal static async Task<string> CodeAsync(IPage page)
    {
        await Expect(page.Locator(".line.good")).ToContainTextAsync("Safety code");
        return Regex.Match(await page.Locator(".line.good").InnerTextAsync(), "[0-9]{4} [0-9]{4}").Value;
    }
}
