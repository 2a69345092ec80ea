namespace Malten.Browser.Tests;

/// <summary>A link that was cut or changed on its way opens nothing, and nothing of it reaches the server.</summary>
public sealed class LinkTests(Chromium chromium) : PageTest(chromium)
{
    private const string Key = "4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMr4MkSJ";
    private const string Pipe = "#/p/AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB.4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMr4MkSJ4YlvabpMmtDP_6Y3";

    private static readonly string[] Damaged =
    [
        $"#/e/label/{Key}A", $"#/e/label/{Key}.", $"#/e/label/{Key[..^1]}*", $"#/e/label/{Key.ToLowerInvariant()}",
        $"#/e/label/X{Key[1..]}", $"#/e/{Key}", $"#/x/label/{Key}", $"#e/label/{Key}", $"#label/{Key}", $"#%252Fe%252Flabel%252F{Key[..^1]}",
        $"#e%252Flabel%252F{Key}", $"{Pipe}A", Pipe.Replace("/p/", "/e/", StringComparison.Ordinal), "#/" + Pipe[1..],
    ];

    [Fact]
    public async Task A_damaged_link_opens_nothing()
    {
        var page = await OpenAsync("#/");
        foreach (var fragment in Damaged)
        {
            await page.EvaluateAsync("fragment => { document.querySelector('#start').replaceChildren(); location.hash = fragment; }", fragment);
            await Expect(page.Locator("#start .card")).ToContainTextAsync("incomplete or damaged");
            await Expect(page.Locator("#box")).ToBeDisabledAsync();
        }

        Assert.All(Node.Received, request => Assert.DoesNotContain(Key[..8], request, StringComparison.OrdinalIgnoreCase));
        Assert.All(Node.Received, request => Assert.DoesNotContain("stream=", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_link_that_was_cut_anywhere_is_damaged()
    {
        var page = await OpenAsync("#/");
        var cut = new[] { $"#/e/label/{Key}", Pipe }.SelectMany(link => Enumerable.Range(2, link.Length - 2).Select(length => link[..length])).ToArray();
        var kinds = await page.EvaluateAsync<string[]>("""
            async cut => {
              const { parse } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'address.js'));
              return cut.map(link => parse(link).kind);
            }
            """, cut);
        Assert.Equal(cut.Length, kinds.Length);
        Assert.All(kinds, kind => Assert.Equal("damaged", kind));
    }

    [Fact]
    public async Task A_link_that_was_cut_right_after_its_mark_opens_nothing_either()
    {
        var page = await OpenAsync("#");
        await Expect(page.Locator("#start .card")).ToContainTextAsync("incomplete or damaged");
        await Expect(page.Locator("#box")).ToBeDisabledAsync();
        await page.ClickAsync("#home");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("The open stream");
        await Expect(page.Locator("#box")).ToBeEnabledAsync();
    }

    [Fact]
    public async Task A_link_that_was_escaped_on_its_way_is_the_same_link()
    {
        var page = await OpenAsync("#/");
        foreach (var (fragment, label) in ((string, string)[])
        [
            ($"#/e/la%20bel/{Key}", "la bel"), ($"#%2Fe%2Flabel%2F{Key}", "label"), ($"#%252Fe%252Flabels%252F{Key}", "labels"),
            ($"#/e/50%2525/{Key}", "50%25"), ($"#/e/a%2Fb/{Key}", "a/b"),
        ])
        {
            await page.EvaluateAsync("fragment => { location.hash = fragment; }", fragment);
            await Expect(page.Locator("#title-text")).ToHaveTextAsync(label);
            await Expect(page.Locator("html")).ToHaveAttributeAsync("data-kind", "encrypted");
        }

        await ListensAsync(page);
        await SayAsync(page, "sealed");
        Assert.All(Node.Received, request => Assert.DoesNotContain(Key[..8], request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_link_that_takes_long_to_open_does_not_open_over_what_was_opened_after_it()
    {
        var page = await OpenAsync("#before", script: """
            const digest = crypto.subtle.digest.bind(crypto.subtle);
            const isReleased = new Promise(resolve => window.release = resolve);
            crypto.subtle.digest = async (...all) => (window.isHeld = true, await isReleased, digest(...all));
            """);
        await page.EvaluateAsync("fragment => { location.hash = fragment; }", $"#/e/label/{Key}");
        await page.WaitForFunctionAsync("() => window.isHeld");
        await page.EvaluateAsync("location.hash = '#after'");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("after");
        await page.EvaluateAsync("""
            async key => {
              const { readKey, streamKeys } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'crypto/enc2.js'));
              window.release();
              for (let i = 0; i < 3; i++) await streamKeys(await readKey(key)); // three times what the page does
            }
            """, Key);
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("after");
    }

    [Fact]
    public async Task Names_of_plain_streams_stay_what_they_are()
    {
        var page = await OpenAsync("#/");
        foreach (var (fragment, name) in ((string, string)[])[("#a, b", "a, b"), ("#100%", "100%"), ("#50%25", "50%")])
        {
            await page.EvaluateAsync("fragment => { location.hash = fragment; }", fragment);
            await Expect(page.Locator("#title-text")).ToHaveTextAsync(name);
            await ListensAsync(page);
            await SayAsync(page, "in clear");
            Assert.Single((await Node.GetAsync($"messages?stream={Uri.EscapeDataString(name)}")).AsArray());
        }
    }
}
