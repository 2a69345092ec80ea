using System.Text.RegularExpressions;

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
        var bob = await OpenAsync(link, name: "bob");
        var code = await CodeAsync(ann);
        Assert.Equal(code, await CodeAsync(bob));
        await SayAsync(ann, "is it you?");
        await Expect(Texts(bob)).ToHaveTextAsync(["is it you?"]);
        await SayAsync(bob, "it is");
        await SayAsync(bob, "and how are you?");
        await Expect(Texts(ann)).ToHaveTextAsync(["is it you?", "it is", "and how are you?"]);
        await Expect(ann.Locator(".message:not(.own) .name").First).ToHaveTextAsync("bob");
        await Expect(ann.Locator(".note")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_the_link_holds_never_leaves_the_browsers_and_leaves_the_address_bar()
    {
        var ann = await OpenAsync("");
        var link = await InviteAsync(ann);
        await NameAsync(ann, "Ann Secretive");
        var bob = await OpenAsync(link);
        await CodeAsync(bob);
        await SayAsync(ann, "for two only");
        await Expect(Texts(bob)).ToHaveTextAsync(["for two only"]);
        var parts = link[(link.IndexOf(',', StringComparison.Ordinal) + 1)..].Split('.');
        foreach (var request in Node.Received)
            foreach (var secret in (string[])[parts[2], parts[3], "for two only", "Secretive"])
                Assert.DoesNotContain(secret, request, StringComparison.Ordinal);
        Assert.Equal("#pipe," + parts[0], new Uri(bob.Url).Fragment);
    }

    [Fact]
    public async Task A_third_visitor_learns_that_the_link_is_used_up()
    {
        var ann = await OpenAsync("");
        var link = await InviteAsync(ann);
        var bob = await OpenAsync(link);
        await CodeAsync(bob);
        await SayAsync(bob, "hello");
        var eve = await OpenAsync(link);
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
        var bob = await OpenAsync(link);
        await CodeAsync(bob);
        var parts = link[(link.IndexOf(',', StringComparison.Ordinal) + 1)..].Split('.');
        for (var i = 0; i < 1024; i++) await Node.StoreAsync(parts[0], "enc1.AAAA", parts[1]);
        var eve = await OpenAsync(link);
        await Expect(eve.Locator(".line.danger")).ToContainTextAsync("This link has been used already");
    }

    [Fact]
    public async Task Of_two_who_open_the_link_at_once_one_gets_in()
    {
        var ann = await OpenAsync("");
        var link = await InviteAsync(ann);
        var both = await Task.WhenAll(OpenAsync(link), OpenAsync(link));
        await Expect(ann.Locator(".line.good")).ToBeVisibleAsync();
        foreach (var page in both) await Expect(page.Locator(".line.good, .line.danger")).ToBeVisibleAsync();
        var lucky = await both[0].Locator(".line.good").CountAsync() + await both[1].Locator(".line.good").CountAsync();
        Assert.Equal(1, lucky);
    }

    [Fact]
    public async Task After_a_reload_the_keys_are_gone_and_the_page_says_so()
    {
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await InviteAsync(ann));
        await CodeAsync(bob);
        bob.Dialog += (_, dialog) => dialog.AcceptAsync();
        await bob.ReloadAsync();
        await Expect(bob.Locator("#start .card")).ToContainTextAsync("keys are gone");
    }

    [Fact]
    public async Task Another_stream_may_be_looked_at_meanwhile()
    {
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await InviteAsync(ann));
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

    internal static async Task<string> InviteAsync(IPage page)
    {
        if (!await page.Locator("[data-does=pipe]").IsVisibleAsync()) await page.ClickAsync(".menu");
        await page.ClickAsync("[data-does=pipe]");
        await page.ClickAsync("#pipe [type=submit]");
        await page.ClickAsync(".card .primary");
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
