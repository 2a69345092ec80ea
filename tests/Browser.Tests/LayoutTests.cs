using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>From phone to desktop, in both themes, nothing overflows and nothing jumps.</summary>
public sealed class LayoutTests(Chromium chromium) : PageTest(chromium)
{
    // The folder for screenshots; none are kept when it is not set.
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("MALTEN_SCREENSHOTS");

    [Theory]
    [InlineData(360, 740, ColorScheme.Light)]
    [InlineData(360, 740, ColorScheme.Dark)]
    [InlineData(768, 1024, ColorScheme.Light)]
    [InlineData(768, 1024, ColorScheme.Dark)]
    [InlineData(1440, 900, ColorScheme.Light)]
    [InlineData(1440, 900, ColorScheme.Dark)]
    public async Task Nothing_sticks_out(int width, int height, ColorScheme scheme)
    {
        await Node.BeginAsync("garden");
        await Node.BeginAsync("corridor", keep: 0);
        await Node.BeginAsync("short memory", keep: 100);
        foreach (var (name, words) in ((string?, string)[])
        [
            ("ann", "Good morning! Is anybody up for lunch at the river today?"), ("ann", "The sun is out at last."),
            ("Bob Ross", "I am. 12:30? See https://example.org/a/very/long/address/that/does/not/break/anywhere/by/itself/at/all?and=goes&on=forever"),
            (null, "Me too, if there is room for one more"),
            ("a name that is as long as it gets", new string('w', 300)),
        ]) await Node.PostAsync("garden", words, name?[..Math.Min(32, name.Length)]);
        var size = new ViewportSize { Width = width, Height = height };
        var page = await OpenAsync("#garden", new() { ViewportSize = size, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        await ListensAsync(page);
        await SayAsync(page, "I will bring bread.");
        await LookAsync(page, "chat", width, scheme);
        foreach (var view in (string[])["explore", "create", "pipe", "server", "people", "share", "name"])
        {
            var button = page.Locator($"[data-does={view}]").First;
            if (!await button.IsVisibleAsync()) await page.ClickAsync(".menu");
            await button.ClickAsync();
            await Expect(page.Locator($"#{view}")).ToBeVisibleAsync();
            if (view == "explore") await Expect(page.Locator("#listing tr")).ToHaveCountAsync(3);
            await LookAsync(page, view, width, scheme);
            await page.Keyboard.PressAsync("Escape");
            await Expect(page.Locator($"#{view}")).ToBeHiddenAsync();
        }

        await page.EvaluateAsync("location.hash = '#where nobody has written yet'");
        await Expect(page.Locator(".card.empty")).ToBeVisibleAsync();
        await LookAsync(page, "empty", width, scheme);
        if (!await page.Locator("[data-does=trace]").IsVisibleAsync()) await page.ClickAsync(".menu");
        await page.ClickAsync("[data-does=trace]");
        await page.FillAsync("#create-name", "an evening that nobody keeps");
        await LookAsync(page, "trace-form", width, scheme);
        await page.ClickAsync("#create-submit");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-kind", "trace");
        await Expect(page.Locator(".card.empty")).ToBeVisibleAsync();
        await LookAsync(page, "trace-empty", width, scheme);
        var room = TraceRoom.FromLink(new Uri(page.Url).Fragment);
        await NameAsync(page, "ann");
        await SayAsync(page, "Where nobody keeps anything, one speaks freely.");
        await using var bob = await TracePeer.ComeAsync(Node, room, "bob");
        await bob.SayAsync("Until somebody copies it from the screen.");
        await bob.SayAsync("I will not.");
        await Expect(Texts(page).Last).ToHaveTextAsync("I will not.");
        await Node.PostAsync("garden", "Meanwhile, in the garden");
        await LookAsync(page, "trace", width, scheme);
        await bob.SayFarewellAsync();
        await Expect(page.Locator(".line.gap")).ToBeVisibleAsync();
        await LookAsync(page, "trace-left", width, scheme);
        if (!await page.Locator("#visited").IsVisibleAsync()) await page.ClickAsync(".menu");
        await Expect(page.Locator("#visited .badge")).ToBeVisibleAsync();
        await LookAsync(page, "unread", width, scheme);

        var background = await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        Assert.Equal(scheme == ColorScheme.Light ? "rgb(247, 244, 238)" : "rgb(22, 20, 15)", background);
    }

    [Fact]
    public async Task Nothing_jumps_while_the_page_loads()
    {
        for (var i = 0; i < 40; i++) await Node.StoreAsync("jump", $"message {i}");
        var page = await OpenAsync("#jump", script: """
            window.shift = 0;
            new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shift += entry.value; })
              .observe({ type: 'layout-shift', buffered: true });
            """);
        await ListensAsync(page);
        await Expect(page.Locator("#life")).Not.ToBeEmptyAsync();
        await SayAsync(page, "and one more");
        Assert.InRange(await page.EvaluateAsync<double>("window.shift"), 0, 0.05);
    }

    [Fact]
    public async Task A_hostile_message_is_no_taller_than_the_window_and_stays_in_its_place()
    {
        await Node.PostAsync("tall", "before");
        await Node.PostAsync("tall", "a" + string.Concat(Enumerable.Repeat("\n", 1022)) + "z");
        await Node.PostAsync("tall", string.Concat(Enumerable.Repeat("o\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u030a\u030b\u030c\u030d\u030e\u030f", 70)));
        var page = await OpenAsync("#tall", new() { ViewportSize = new() { Width = 800, Height = 600 } });
        await Expect(Texts(page)).ToHaveCountAsync(3);
        var heights = await page.Locator(".message").EvaluateAllAsync<double[]>("all => all.map(one => one.getBoundingClientRect().height)");
        Assert.All(heights, height => Assert.InRange(height, 10, 600));
        // What reaches out of its box is cut off there.
        var overflows = await Texts(page).EvaluateAllAsync<string[]>("all => all.map(one => getComputedStyle(one).overflowY)");
        Assert.All(overflows, overflow => Assert.Equal("auto", overflow));
    }

    [Fact]
    public async Task On_a_phone_the_menu_is_a_sheet_that_closes_when_something_is_chosen()
    {
        var page = await OpenAsync("#first", new() { ViewportSize = new() { Width = 360, Height = 740 }, HasTouch = true, IsMobile = true });
        await Expect(page.Locator("#rail")).ToBeHiddenAsync();
        await page.TapAsync(".menu");
        await Expect(page.Locator("#rail")).ToBeVisibleAsync();
        await page.TapAsync("#home");
        await Expect(page.Locator("#rail")).ToBeHiddenAsync();
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("The open stream");
    }

    private static async Task LookAsync(IPage page, string view, int width, ColorScheme scheme)
    {
        var wide = await page.EvaluateAsync<string[]>("""
            () => [document.documentElement, document.body, ...document.querySelectorAll('#scroller, .composer, .top, dialog[open]')]
              .filter(one => one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > innerWidth + 1)
              .map(one => one.tagName + '#' + one.id)
            """);
        Assert.Empty(wide);
        if (Pictures is not null)
            await page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, $"{view}-{width}-{scheme}.png".ToLowerInvariant()) });
    }
}
