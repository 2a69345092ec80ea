namespace Malten.Browser.Tests;

/// <summary>The page says what the server can see, and never falls back to less without saying so.</summary>
public sealed class HonestyTests(Chromium chromium) : PageTest(chromium)
{
    private string Insecure => $"http://{Chromium.InsecureHost}:{Node.Port}";

    [Theory]
    [InlineData("encrypt")]
    [InlineData("pipe")]
    public async Task Over_plain_http_the_page_says_why_it_can_not_encrypt_and_how_to_change_that(string action)
    {
        var page = await OpenAsync("", address: Insecure);
        Assert.False(await page.EvaluateAsync<bool>("'subtle' in crypto && crypto.subtle !== undefined"));
        await page.ClickAsync($"[data-does={action}]");
        await Expect(page.Locator("#insecure")).ToBeVisibleAsync();
        await Expect(page.Locator("#insecure")).ToContainTextAsync("Encryption needs https");
        await Expect(page.Locator("#insecure")).ToContainTextAsync("reverse_proxy");
        await Expect(page.Locator("#insecure-origin")).ToHaveTextAsync(Insecure);
    }

    [Theory]
    [InlineData("#/e/label/4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMr4MkSJ")]
    [InlineData("#/p/AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task Over_plain_http_a_link_with_a_key_opens_nothing(string fragment)
    {
        var page = await OpenAsync(fragment, address: Insecure);
        await Expect(page.Locator("#insecure")).ToBeVisibleAsync();
        await page.ClickAsync("#insecure .primary");
        await Expect(page.Locator("#box")).ToBeDisabledAsync();
        Assert.All(Node.Received, request => Assert.DoesNotContain("4Ylv", request, StringComparison.Ordinal));
        Assert.All(Node.Received, request => Assert.DoesNotContain("stream=", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Choosing_encryption_in_the_form_does_not_fall_back_either()
    {
        var page = await OpenAsync("", address: Insecure);
        await page.ClickAsync("[data-does=create]");
        await page.FillAsync("#create-name", "hush");
        await page.CheckAsync("input[value=encrypted]");
        await page.ClickAsync("#create-submit");
        await Expect(page.Locator("#insecure")).ToBeVisibleAsync();
        Assert.DoesNotContain(Node.Received, request => request.StartsWith("POST /streams", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Plain_streams_work_over_plain_http()
    {
        var page = await OpenAsync("#lan", address: Insecure);
        await SayAsync(page, "over the LAN");
        Assert.Single((await Node.GetAsync("messages?stream=lan")).AsArray());
        await page.ClickAsync("#share-button");
        await page.ClickAsync("#share-copy");
        await Expect(page.Locator("#share-said")).Not.ToBeEmptyAsync();
    }

    [Theory]
    [InlineData("#plain", "not encrypted", "Every message and the name you chose.")]
    [InlineData("#/e/label/4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMr4MkSJ", "encrypted in your browser", "What is said, and the names of those who say it.")]
    public async Task A_panel_says_what_the_server_can_see(string fragment, string lead, string fact)
    {
        var page = await OpenAsync(fragment);
        await page.ClickAsync("[data-does=server]");
        await Expect(page.Locator("#server-body .lead")).ToContainTextAsync(lead);
        await Expect(page.Locator("#server-body")).ToContainTextAsync(fact);
        await Expect(page.Locator("#server-body")).ToContainTextAsync("OpenAI");
        await Expect(page.Locator("#server-body h3").Last).ToHaveTextAsync("Whoever takes this device later");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#server")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task The_panel_knows_pipes()
    {
        var page = await OpenAsync("");
        await PipeTests.InviteAsync(page);
        await page.ClickAsync("[data-does=server]");
        await Expect(page.Locator("#server-body .lead")).ToContainTextAsync("secure pipe");
        await Expect(page.Locator("#server-body h3")).ToHaveTextAsync(
            ["The server sees", "The server does not see", "The server can’t do unnoticed", "In a call", "The server can",
             "Others with the link", "Whoever takes this device later"]);
    }
}
