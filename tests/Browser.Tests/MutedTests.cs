using System.Globalization;
using System.Text.RegularExpressions;

namespace Malten.Browser.Tests;

/// <summary>Whoever does not want to read somebody mutes that person, for oneself alone.</summary>
public sealed class MutedTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task A_muted_speaker_is_not_seen_until_shown_again()
    {
        await Node.PostAsync("loud", "buy now", user: "spam");
        await Node.PostAsync("loud", "good morning", user: "ann");
        var page = await OpenAsync("#loud");
        await MuteAsync(page, "spam");
        await Expect(page.GetByText("buy now")).ToBeHiddenAsync();
        await Node.PostAsync("loud", "buy again", user: "spam");
        await Node.PostAsync("loud", "still here", user: "ann");
        await Expect(page.GetByText("still here")).ToBeVisibleAsync();
        await Expect(page.GetByText("buy again")).ToBeHiddenAsync();
        await Expect(page.GetByText("good morning")).ToBeVisibleAsync();
        await Expect(page.Locator("#muted-names")).ToHaveTextAsync("Muted: spam");

        await page.ClickAsync("#unmute");
        await Expect(page.GetByText("buy now")).ToBeVisibleAsync();
        await Expect(page.GetByText("buy again")).ToBeVisibleAsync();
        await Expect(page.Locator("#muted")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Muting_holds_in_one_stream_of_the_tab()
    {
        await Node.PostAsync("here", "first", user: "bob");
        await Node.PostAsync("there", "over the hills", user: "bob");
        var page = await OpenAsync("#here");
        await MuteAsync(page, "bob");
        await page.EvaluateAsync("location.hash = '#there'");
        await Expect(page.GetByText("over the hills")).ToBeVisibleAsync();
        await Expect(page.Locator("#muted")).ToBeHiddenAsync();
        await page.EvaluateAsync("location.hash = '#here'");
        await Expect(page.Locator("#muted-names")).ToHaveTextAsync("Muted: bob");
        await Expect(page.GetByText("first")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Nobody_is_told_and_asking_can_be_declined()
    {
        await Node.PostAsync("calm", "hello", user: "ann");
        var page = await OpenAsync("#calm");
        await page.ClickAsync("button.name");
        await Expect(page.Locator("#ask-text")).ToContainTextAsync("Nobody is told");
        await page.ClickAsync("#ask-no");
        await Expect(page.GetByText("hello")).ToBeVisibleAsync();
        await Expect(page.Locator("#muted")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Those_without_a_name_are_muted_together_and_oneself_never()
    {
        await Node.PostAsync("nameless", "noise");
        var page = await OpenAsync("#nameless");
        await SayAsync(page, "mine");
        await MuteAsync(page, "someone");
        await Expect(page.GetByText("noise")).ToBeHiddenAsync();
        await Expect(page.GetByText("mine")).ToBeVisibleAsync();
        await Expect(page.Locator(".own button.name")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_a_muted_speaker_writes_is_not_counted_as_unread()
    {
        for (var i = 0; i < 30; i++) await Node.PostAsync("counted", string.Create(CultureInfo.InvariantCulture, $"line {i}"), user: "spam");
        await Node.PostAsync("counted", "a word", user: "ann");
        var page = await OpenAsync("#counted");
        await MuteAsync(page, "spam");
        for (var i = 0; i < 60; i++) await Node.PostAsync("counted", string.Create(CultureInfo.InvariantCulture, $"a long talk {i}"), user: "ann");
        await Expect(page.GetByText("a long talk 59")).ToBeVisibleAsync();
        await page.EvaluateAsync("document.getElementById('scroller').scrollTop = 0");
        await Expect(page.Locator("#newer")).ToBeVisibleAsync();
        await Node.PostAsync("counted", "the first", user: "ann");
        await Expect(page.Locator("#newer-text")).ToHaveTextAsync(new Regex("^[0-9]+ new$"));
        var before = int.Parse((await page.TextContentAsync("#newer-text"))!.Split(' ')[0], CultureInfo.InvariantCulture);
        await Node.PostAsync("counted", "unseen", user: "spam");
        await Node.PostAsync("counted", "the second", user: "ann");
        await Expect(page.Locator("#newer-text")).ToHaveTextAsync(string.Create(CultureInfo.InvariantCulture, $"{before + 1} new"));
    }

    [Fact]
    public async Task In_an_encrypted_stream_a_person_stays_muted_under_another_name()
    {
        var ann = await OpenAsync("");
        var address = await EncryptedStreamTests.BeginAsync(ann, "room");
        var bob = await OpenAsync(address);
        await NameAsync(bob, "bob");
        await SayAsync(bob, "as bob");
        await Expect(ann.GetByText("as bob")).ToBeVisibleAsync();
        await MuteAsync(ann, "bob");
        await NameAsync(bob, "carol");
        await SayAsync(bob, "as carol");
        await SayAsync(ann, "quiet now");
        await Expect(ann.GetByText("as carol")).ToBeHiddenAsync();
        await Expect(ann.Locator("article")).ToHaveCountAsync(3);
    }

    private static async Task MuteAsync(IPage page, string name)
    {
        await page.Locator($"button.name:has-text('{name}')").First.EvaluateAsync("button => button.click()"); // wherever the list has moved it
        await page.ClickAsync("#ask-yes");
        await Expect(page.Locator("#muted-names")).ToContainTextAsync(name);
    }
}
