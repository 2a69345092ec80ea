using System.Text.RegularExpressions;

namespace Malten.Browser.Tests;

/// <summary>The list of public streams, and the form that creates one.</summary>
public sealed class ExploreTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task The_picture_and_the_list_show_what_is_public_and_nothing_else()
    {
        await Node.BeginAsync("busy");
        for (var i = 0; i < 30; i++) await Node.PostAsync("busy", $"{i}");
        await Node.BeginAsync("calm");
        await Node.BeginAsync("hidden", isPrivate: true);
        await Node.PostAsync("unlisted", "x");
        var page = await ExploreAsync();
        await Expect(page.Locator("#listing a")).ToHaveTextAsync(["busy", "calm"]);
        await Expect(page.Locator("#listing tr").First.Locator("td").First).ToHaveTextAsync("30");
        await Expect(page.Locator("#sky text")).ToHaveTextAsync(["busy", "calm"]);
        var sizes = await page.Locator("#sky .stream").EvaluateAllAsync<double[]>(
            "all => all.map(one => Number(one.style.transform.match(/scale\\(([\\d.]+)/)[1]))");
        Assert.True(sizes[0] > sizes[1] * 1.3, "the livelier one is bigger");
    }

    [Fact]
    public async Task Each_stream_says_how_much_is_held_of_it()
    {
        await Node.BeginAsync("usual");
        await Node.BeginAsync("short", keep: 100);
        await Node.BeginAsync("fleeting", keep: 0);
        var page = await ExploreAsync();
        foreach (var (name, kind) in ((string, string)[])[("usual", "open"), ("short", "keeps 100"), ("fleeting", "keeps none")])
        {
            await Expect(page.Locator("#listing tr", new() { HasText = name }).Locator(".kind")).ToHaveTextAsync(kind);
            await Expect(page.Locator("#sky .stream", new() { HasText = name }).Locator("title")).ToContainTextAsync($"{name}: {kind}, 0 messages");
        }
    }

    [Fact]
    public async Task A_circle_is_entered_by_a_tap()
    {
        await Node.BeginAsync("door");
        var page = await ExploreAsync();
        await page.Locator("#sky .stream", new() { HasText = "door" }).ClickAsync();
        await Expect(page.Locator("#explore")).ToBeHiddenAsync();
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("door");
    }

    [Fact]
    public async Task A_circle_moves_when_a_message_arrives()
    {
        await Node.BeginAsync("alive");
        var page = await ExploreAsync();
        await Expect(page.Locator("#sky .stream")).ToHaveCountAsync(1);
        await Expect(page.Locator(".wave.moving")).ToHaveCountAsync(0);
        await Node.PostAsync("alive", "beat");
        await Expect(page.Locator(".wave.moving")).ToHaveCountAsync(1);
        await Expect(page.Locator("#listing td").First).ToHaveTextAsync("1");
    }

    [Fact]
    public async Task Looking_around_is_not_being_there()
    {
        await Node.BeginAsync("watched");
        var page = await OpenBlankAsync();
        await InstallClockAsync(page);
        await page.GotoAsync(Node.Address);
        await ListensAsync(page);
        await page.ClickAsync("[data-does=explore]");
        await Expect(page.Locator("#sky .stream")).ToHaveCountAsync(1);
        Assert.Equal(0, (await Node.GetAsync("streams"))["watched"]!["Observers"]!.GetValue<int>());
        var looks = Looks();
        await page.Clock.RunForAsync(10_000);
        await UntilAsync(() => Looks() > looks, "another look at the list");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#explore")).ToBeHiddenAsync();
        await SayAsync(page, "a look that was under way is over");
        looks = Looks();
        await page.Clock.RunForAsync(60_000);
        await SayAsync(page, "and no other has begun");
        Assert.Equal(looks, Looks());
    }

    [Fact]
    public async Task The_list_sorts_by_each_column_and_says_so()
    {
        await Node.BeginAsync("beta", ttl: 60);
        await Node.BeginAsync("alpha", ttl: 600);
        await Node.PostAsync("beta", "x");
        var page = await ExploreAsync();
        await Expect(page.Locator("#listing a")).ToHaveCountAsync(2); // the buttons move when the list comes
        await page.ClickAsync("[data-sort=name]");
        await Expect(page.Locator("#listing a")).ToHaveTextAsync(["alpha", "beta"]);
        await Expect(page.Locator("th", new() { HasText = "Stream" })).ToHaveAttributeAsync("aria-sort", "ascending");
        await page.ClickAsync("[data-sort=name]");
        await Expect(page.Locator("#listing a")).ToHaveTextAsync(["beta", "alpha"]);
        await page.ClickAsync("[data-sort=left]");
        await Expect(page.Locator("#listing a")).ToHaveTextAsync(["alpha", "beta"]);
        await page.ClickAsync("[data-sort=messages]");
        await Expect(page.Locator("#listing a")).ToHaveTextAsync(["beta", "alpha"]);
        await Expect(page.Locator("[aria-sort=descending]")).ToHaveTextAsync(new Regex("Messages"));
    }

    [Fact]
    public async Task A_hundred_circles_do_not_touch()
    {
        for (var i = 0; i < 100; i++)
        {
            await Node.BeginAsync($"stream {i}");
            if (i % 3 == 0) await Node.PostAsync($"stream {i}", "x");
        }

        var page = await ExploreAsync();
        await Expect(page.Locator("#listing tr")).ToHaveCountAsync(100);
        var circles = await page.Locator("#sky .stream").EvaluateAllAsync<double[][]>(
            "all => all.map(one => one.style.transform.match(/[\\d.]+/g).map(Number))");
        Assert.Equal(60, circles.Length);
        foreach (var (i, one) in circles.Index())
        {
            Assert.InRange(one[0], one[2] * 50, 600 - (one[2] * 50));
            Assert.InRange(one[1], one[2] * 50, 420 - (one[2] * 50));
            foreach (var other in circles.Skip(i + 1))
                Assert.True(double.Hypot(one[0] - other[0], one[1] - other[1]) >= ((one[2] + other[2]) * 50) - 0.5, "two circles touch");
        }
    }

    [Fact]
    public async Task Where_nothing_is_public_the_page_says_how_to_change_that()
    {
        var page = await ExploreAsync();
        await Expect(page.Locator("#listing-empty")).ToBeVisibleAsync();
        await page.ClickAsync("#explore [data-does=create]");
        await Expect(page.Locator("#create")).ToBeVisibleAsync();
        await Expect(page.Locator("#explore")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task The_form_begins_a_public_stream_with_a_time_to_live()
    {
        var page = await OpenAsync("");
        await page.ClickAsync("[data-does=create]");
        await page.FillAsync("#create-name", "market");
        await page.SelectOptionAsync("#create-ttl", "3600");
        await page.PressAsync("#create-name", "Enter");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("market");
        await Expect(page.Locator("#life")).ToHaveTextAsync(new Regex("^Gone in (1 h|59:[0-9]{2}) if nobody writes$"));
        Assert.Equal(3600, (await Node.GetAsync("streams"))["market"]!["Ttl"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_name_that_is_taken_or_can_not_be_is_explained_in_the_form()
    {
        await Node.BeginAsync("taken");
        var page = await OpenAsync("");
        await page.ClickAsync("[data-does=create]");
        await page.FillAsync("#create-name", "taken");
        await page.ClickAsync("#create-submit");
        await Expect(page.Locator("#create-problem")).ToContainTextAsync("in use");
        await page.FillAsync("#create-name", "a/b");
        await page.ClickAsync("#create-submit");
        await Expect(page.Locator("#create-problem")).ToContainTextAsync("can’t contain");
        await Expect(page.Locator("#create")).ToBeVisibleAsync();
    }

    private int Looks() => Node.Received.Count(request => request.StartsWith("GET /streams", StringComparison.Ordinal));

    private async Task<IPage> ExploreAsync()
    {
        var page = await OpenAsync("");
        await page.ClickAsync("[data-does=explore]");
        await Expect(page.Locator("#explore")).ToBeVisibleAsync();
        return page;
    }
}
