namespace Malten.Browser.Tests;

/// <summary>Speaking instead of typing, with a recognition object that the test provides.</summary>
public sealed class SpeechTests(Chromium chromium) : PageTest(chromium)
{
    private const string Recognition = """
        window.recognitions = [];
        window.SpeechRecognition = class {
          constructor() { window.recognitions.push(this); }
          start() { this.started = true; }
          stop() { this.stopped = true; this.onend?.(); }
          say(...results) { this.onresult({ results: results.map(([transcript, isFinal]) => Object.assign([{ transcript }], { isFinal })) }); }
        };
        """;

    [Fact]
    public async Task Words_appear_as_they_are_heard_and_are_sent_only_by_the_user()
    {
        var page = await OpenAsync("#speech", script: Recognition);
        await page.FillAsync("#box", "Note:");
        await page.ClickAsync("#mic");
        await Expect(page.Locator("#mic")).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(page.Locator("#hint")).ToContainTextAsync("send the sound to their maker");
        await page.EvaluateAsync("recognitions[0].say(['buy', false])");
        await Expect(page.Locator("#box")).ToHaveValueAsync("Note: buy");
        await page.EvaluateAsync("recognitions[0].say(['buy bread', true], ['and milk', false])");
        await Expect(page.Locator("#box")).ToHaveValueAsync("Note: buy bread and milk");
        await page.EvaluateAsync("recognitions[0].onend()");
        await Expect(page.Locator("#mic")).ToHaveAttributeAsync("aria-pressed", "false");
        Assert.DoesNotContain(Node.Received, request => request.StartsWith("POST /messages", StringComparison.Ordinal));
        await page.ClickAsync("#send");
        await Expect(Texts(page)).ToHaveTextAsync(["Note: buy bread and milk"]);
        Assert.True(await page.EvaluateAsync<bool>("recognitions[0].continuous && recognitions[0].interimResults"));
    }

    [Fact]
    public async Task Sending_and_typing_end_it_and_late_words_do_not_come_back()
    {
        var page = await OpenAsync("#late", script: Recognition);
        await page.ClickAsync("#mic");
        await page.EvaluateAsync("recognitions[0].say(['hello', false])");
        await page.PressAsync("#box", "Enter");
        await Expect(Texts(page)).ToHaveTextAsync(["hello"]);
        Assert.True(await page.EvaluateAsync<bool>("recognitions[0].stopped"));
        await page.EvaluateAsync("recognitions[0].say(['hello there', true])");
        await Expect(page.Locator("#box")).ToHaveValueAsync("");
        await page.ClickAsync("#mic");
        await page.Locator("#box").PressSequentiallyAsync("x");
        Assert.True(await page.EvaluateAsync<bool>("recognitions[1].stopped"));
        await Expect(page.Locator("#mic")).ToHaveAttributeAsync("aria-pressed", "false");
    }

    [Fact]
    public async Task A_microphone_that_is_not_allowed_is_explained()
    {
        var page = await OpenAsync("#denied", script: Recognition);
        await page.ClickAsync("#mic");
        await page.EvaluateAsync("recognitions[0].onerror({ error: 'not-allowed' })");
        await Expect(page.Locator("#hint")).ToContainTextAsync("not allowed");
        await Expect(page.Locator("#mic")).ToHaveAttributeAsync("aria-pressed", "false");
    }

    [Fact]
    public async Task Where_the_browser_can_not_there_is_no_button()
    {
        var page = await OpenAsync("#mute", script: "delete window.SpeechRecognition; delete window.webkitSpeechRecognition;");
        await ListensAsync(page);
        await Expect(page.Locator("#mic")).ToBeHiddenAsync();
    }
}
