using System.Text.RegularExpressions;

namespace Malten.Browser.Tests;

/// <summary>People talk in a stream.</summary>
public sealed class ChatTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task The_bare_address_opens_the_open_stream()
    {
        await Node.PostAsync("_", "hello everybody");
        var page = await OpenAsync("");
        await Expect(Texts(page)).ToHaveTextAsync(["hello everybody"]);
        await SayAsync(page, "hello back");
        var held = await Node.GetAsync("messages?stream=_");
        Assert.Equal("hello back", held[1]!["Text"]!.GetValue<string>());
    }

    [Fact]
    public async Task Two_people_talk()
    {
        var ann = await OpenAsync("#lunch", name: "ann");
        var bob = await OpenAsync("#lunch", name: "bob");
        await ListensAsync(ann);
        await ListensAsync(bob);
        await SayAsync(ann, "river, at noon?");
        await Expect(Texts(bob)).ToHaveTextAsync(["river, at noon?"]);
        await SayAsync(bob, "yes");
        await Expect(Texts(ann)).ToHaveTextAsync(["river, at noon?", "yes"]);
        await Expect(ann.Locator(".message.own .name")).ToHaveTextAsync("ann");
        await Expect(ann.Locator(".message.own .badge.you")).ToHaveTextAsync("you");
        await Expect(ann.Locator(".message:not(.own) .name")).ToHaveTextAsync("bob");
    }

    [Fact]
    public async Task No_storage_of_the_browser_says_which_messages_were_ones_own()
    {
        var page = await OpenAsync("#own");
        await SayAsync(page, "mine");
        await Expect(page.Locator(".message.own .text")).ToHaveTextAsync("mine");
        var id = (await Node.GetAsync("messages?stream=own"))[0]!["Id"]!.GetValue<string>();
        Assert.DoesNotContain(id, await page.EvaluateAsync<string>("JSON.stringify([{...localStorage}, {...sessionStorage}])"), StringComparison.Ordinal);
        await page.ReloadAsync();
        await Expect(page.Locator(".message:not(.own) .text")).ToHaveTextAsync("mine");
    }

    [Fact]
    public async Task Nobody_becomes_you_by_a_name()
    {
        await Node.PostAsync("forged", "I am you", "ann (you)");
        var page = await OpenAsync("#forged", name: "ann");
        await Expect(page.Locator(".message .name")).ToHaveTextAsync("ann (you)");
        await Expect(page.Locator(".message.own, .message .badge.you")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Enter_sends_and_shift_enter_breaks_the_line()
    {
        var page = await OpenAsync("#keys");
        await page.FocusAsync("#box");
        await page.Keyboard.TypeAsync("one");
        await page.Keyboard.PressAsync("Shift+Enter");
        await page.Keyboard.TypeAsync("two");
        Assert.Equal("one\ntwo", await page.InputValueAsync("#box"));
        await page.Keyboard.PressAsync("Enter");
        await Expect(Texts(page)).ToHaveCountAsync(1);
        Assert.Equal("one\ntwo", await Texts(page).InnerTextAsync());
        Assert.Equal("", await page.InputValueAsync("#box"));
    }

    [Fact]
    public async Task Messages_sent_quickly_arrive_in_order()
    {
        var page = await OpenAsync("#quick");
        for (var i = 0; i < 8; i++)
        {
            await page.FillAsync("#box", $"{i}");
            await page.PressAsync("#box", "Enter");
        }

        await Expect(Texts(page)).ToHaveTextAsync(["0", "1", "2", "3", "4", "5", "6", "7"]);
        Assert.Equal(8, (await Node.GetAsync("messages?stream=quick")).AsArray().Count);
    }

    [Fact]
    public async Task The_counter_appears_near_the_end_and_counts_characters_not_bytes()
    {
        var page = await OpenAsync("#count");
        await page.FillAsync("#box", new string('x', 823));
        await Expect(page.Locator("#counter")).ToBeEmptyAsync();
        await page.FillAsync("#box", string.Concat(Enumerable.Repeat("🌞", 1024)));
        await Expect(page.Locator("#counter")).ToHaveTextAsync("0 left");
        await Expect(page.Locator("#send")).ToBeEnabledAsync();
        await page.FillAsync("#box", new string('x', 1027));
        await Expect(page.Locator("#counter")).ToHaveTextAsync("3 too many");
        await Expect(page.Locator("#send")).ToBeDisabledAsync();
        await page.PressAsync("#box", "Enter");
        Assert.Equal(1027, (await page.InputValueAsync("#box")).Length);
    }

    [Fact]
    public async Task What_could_not_be_sent_stays_with_the_reason_and_is_stored_once_in_the_end()
    {
        var page = await OpenAsync("#refused");
        await ListensAsync(page);
        var ids = new List<string>();
        await page.RouteAsync("**/messages", async route =>
        {
            if (route.Request.Method != "POST") { await route.ContinueAsync(); return; }
            ids.Add(Regex.Match(route.Request.PostData!, "\"id\":\"([^\"]+)\"").Groups[1].Value);
            if (ids.Count == 1)
            {
                // The server stores it, but the answer is lost.
                await route.FetchAsync();
                await route.AbortAsync();
            }
            else if (ids.Count == 2)
                await route.FulfillAsync(new() { Status = 503, ContentType = "application/problem+json", Body = """{"detail":"This node is full."}""" });
            else await route.ContinueAsync();
        });
        await page.FillAsync("#box", "once only");
        await page.PressAsync("#box", "Enter");
        await Expect(page.Locator("#problem")).ToContainTextAsync("can’t be reached");
        await Expect(page.Locator("#box")).ToHaveValueAsync("once only");
        await page.PressAsync("#box", "Enter");
        await Expect(page.Locator("#problem")).ToContainTextAsync("This node is full.");
        await Expect(page.Locator("#box")).ToHaveValueAsync("once only");
        await page.PressAsync("#box", "Enter");
        await Expect(page.Locator("#box")).ToHaveValueAsync("");
        await Expect(Texts(page)).ToHaveTextAsync(["once only"]);
        Assert.Single(ids.Distinct());
        Assert.Single((await Node.GetAsync("messages?stream=refused")).AsArray());
    }

    [Fact]
    public async Task What_is_written_meanwhile_is_kept_behind_what_comes_back()
    {
        var page = await OpenAsync("#meanwhile");
        var fail = new TaskCompletionSource();
        await page.RouteAsync("**/messages", async route =>
        {
            if (route.Request.Method == "POST") await fail.Task;
            await (route.Request.Method == "POST" ? route.AbortAsync() : route.ContinueAsync());
        });
        await page.FillAsync("#box", "first");
        await page.PressAsync("#box", "Enter");
        await page.FillAsync("#box", "second");
        fail.SetResult();
        await Expect(page.Locator("#box")).ToHaveValueAsync("first\nsecond");
    }

    [Fact]
    public async Task A_name_is_kept_in_this_tab_only_and_others_see_it()
    {
        var page = await OpenAsync("#names");
        await page.ClickAsync("#name-button");
        await page.FillAsync("#name-input", new string('n', 33));
        await page.PressAsync("#name-input", "Enter");
        await Expect(page.Locator("#name-problem")).ToContainTextAsync("32 characters");
        await page.FillAsync("#name-input", "Zoë");
        await page.PressAsync("#name-input", "Enter");
        await Expect(page.Locator("#name-button")).ToHaveTextAsync("You are Zoë");
        await SayAsync(page, "me");
        Assert.Equal("Zoë", (await Node.GetAsync("messages?stream=names"))[0]!["User"]!.GetValue<string>());
        var another = await page.Context.NewPageAsync();
        await another.GotoAsync($"{Node.Address}/#names");
        await Expect(another.Locator("#name-button")).ToHaveTextAsync("Choose a name");
        await Expect(another.Locator(".message .name")).ToHaveTextAsync("Zoë");
        Assert.Null(await page.EvaluateAsync<string?>("localStorage.getItem('malten.name')"));
    }

    [Fact]
    public async Task A_name_has_always_the_same_colour_and_different_names_differ()
    {
        foreach (var name in (string[])["ann", "bob", "ann", "dan"]) await Node.PostAsync("colours", "x", name);
        var page = await OpenAsync("#colours");
        await Expect(page.Locator(".message")).ToHaveCountAsync(4);
        var hues = await page.Locator(".message").EvaluateAllAsync<string[]>(
            "all => all.map(one => getComputedStyle(one.querySelector('.name')).color)");
        Assert.Equal(hues[0], hues[2]);
        Assert.Equal(3, hues.Distinct().Count());
    }

    [Fact]
    public async Task Links_are_links_and_words_with_a_hash_open_streams()
    {
        await Node.PostAsync("links", "see https://example.org/a(b)?q=1&r=2, or (http://example.org/x). and #garden not a#b javascript:alert(1)");
        var page = await OpenAsync("#links");
        var links = Texts(page).Locator("a");
        await Expect(links).ToHaveTextAsync(["https://example.org/a(b)?q=1&r=2", "http://example.org/x", "#garden"]);
        await Expect(links.First).ToHaveAttributeAsync("rel", "noopener noreferrer nofollow");
        await links.Last.ClickAsync();
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("garden");
        Assert.EndsWith("#garden", page.Url, StringComparison.Ordinal);
        await page.GoBackAsync();
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("links");
        await Expect(Texts(page)).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Times_are_relative_and_grow()
    {
        var page = await OpenAsync("#times");
        await InstallClockAsync(page);
        await page.ReloadAsync();
        await SayAsync(page, "when?");
        await Expect(page.Locator("time")).ToHaveTextAsync("now");
        await page.Clock.RunForAsync(3 * 60 * 1000);
        await Expect(page.Locator("time")).ToHaveTextAsync("3 min ago");
    }

    [Fact]
    public async Task Names_of_streams_may_be_any_script()
    {
        var page = await OpenAsync("#" + Uri.EscapeDataString("日本 & Café?".Replace("?", "", StringComparison.Ordinal)));
        await SayAsync(page, "はい");
        Assert.Single((await Node.GetAsync("messages?stream=" + Uri.EscapeDataString("日本 & Café"))).AsArray());
    }
}
