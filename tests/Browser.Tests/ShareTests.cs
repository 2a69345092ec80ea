namespace Malten.Browser.Tests;

/// <summary>Sharing a stream's link.</summary>
public sealed class ShareTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task The_link_is_copied_with_a_note_of_what_it_gives_away()
    {
        var page = await OpenAsync("#garden");
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await page.ClickAsync("#share-button");
        await Expect(page.Locator("#share-note")).ToContainTextAsync("can read what is still held, write, and pass it on");
        await Expect(page.Locator("#share-native")).ToBeHiddenAsync();
        await page.ClickAsync("#share-copy");
        await Expect(page.Locator("#share-said")).ToHaveTextAsync("Copied.");
        Assert.Equal($"{Node.Address}/#garden", await page.EvaluateAsync<string>("navigator.clipboard.readText()"));
    }

    [Fact]
    public async Task The_key_is_in_an_encrypted_link_and_the_note_says_so()
    {
        var page = await OpenAsync("#/e/label/4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMr4MkSJ");
        await page.ClickAsync("#share-button");
        await Expect(page.Locator("#share-link")).ToHaveValueAsync($"{Node.Address}/#/e/label/4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMr4MkSJ");
        await Expect(page.Locator("#share-note")).ToContainTextAsync("holds the key");
    }

    [Fact]
    public async Task A_closed_dialog_keeps_no_link()
    {
        var page = await OpenAsync("#/e/label/4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMr4MkSJ");
        await page.ClickAsync("#share-button");
        await Expect(page.Locator("#share-link")).Not.ToHaveValueAsync("");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#share-link")).ToHaveValueAsync("");
    }

    [Fact]
    public async Task Where_the_device_shares_it_does()
    {
        var page = await OpenAsync("#native", script: "navigator.share = async what => { window.shared = what; };");
        await page.ClickAsync("#share-button");
        await page.ClickAsync("#share-native");
        await Expect(page.Locator("#share")).ToBeHiddenAsync();
        Assert.Equal($"{Node.Address}/#native", await page.EvaluateAsync<string>("shared.url"));
    }

    [Fact]
    public async Task The_link_of_the_open_stream_is_the_bare_address()
    {
        var page = await OpenAsync("");
        await page.ClickAsync("#share-button");
        await Expect(page.Locator("#share-link")).ToHaveValueAsync($"{Node.Address}/");
    }

    [Fact]
    public async Task A_button_that_is_being_pressed_stays_while_what_was_read_is_shown()
    {
        var page = await OpenAsync("#plain");
        await ListensAsync(page);
        var read = new TaskCompletionSource();
        await page.RouteAsync("**/messages?*", async route =>
        {
            await read.Task;
            await route.ContinueAsync();
        });
        if (!await page.Locator("[data-does=pipe]").IsVisibleAsync()) await page.ClickAsync(".menu");
        await page.ClickAsync("[data-does=pipe]");
        await page.ClickAsync("#pipe [type=submit]");
        await page.HoverAsync(".card .primary");
        await page.Mouse.DownAsync();
        await page.RunAndWaitForRequestAsync(async () => read.SetResult(), "**/events?*"); // it listens once it has shown what it read
        await page.Mouse.UpAsync();
        await Expect(page.Locator("#share-link")).Not.ToHaveValueAsync("");
    }
}
