namespace Malten.Browser.Tests;

/// <summary>The page shows who is listening, and who is online, away or typing.</summary>
public sealed class PresenceTests(Chromium chromium) : PageTest(chromium)
{
    /// <summary>Whoever types is said to do so until the message is sent, however slow the test is, and not for 4 s.</summary>
    internal const string TypesOn = """
        const later = setTimeout;
        globalThis.setTimeout = (act, wait, ...more) => later(act, wait === 4000 ? 1e9 : wait, ...more);
        """;

    [Fact]
    public async Task Names_and_a_count()
    {
        var ann = await OpenAsync("#here", name: "ann");
        await OpenAsync("#here", name: "bob");
        var nameless = await OpenAsync("#here");
        await Expect(ann.Locator("#people-count")).ToHaveTextAsync("3");
        await ann.ClickAsync("#people-button");
        await Expect(ann.Locator("#people-list b")).ToHaveTextAsync(["ann", "bob"]);
        await Expect(ann.Locator("#people-note")).ToContainTextAsync("3 open connections");
        await Expect(ann.Locator("#people-note")).ToContainTextAsync("1 without a name");
        await nameless.Context.CloseAsync();
        await Expect(ann.Locator("#people-count")).ToHaveTextAsync("2");
    }

    [Fact]
    public async Task Typing_is_seen_and_ends_with_the_message()
    {
        var ann = await OpenAsync("#typing", name: "ann");
        var bob = await OpenAsync("#typing", name: "bob", script: TypesOn);
        await Expect(ann.Locator("#people-count")).ToHaveTextAsync("2");
        await Expect(bob.Locator("#people-count")).ToHaveTextAsync("2");
        await bob.FillAsync("#box", "I am wri");
        await Expect(ann.Locator("#activity")).ToHaveTextAsync("bob is typing…");
        await Expect(bob.Locator("#activity")).ToBeEmptyAsync();
        await bob.PressAsync("#box", "Enter");
        await Expect(ann.Locator("#activity")).ToBeEmptyAsync();
    }

    [Fact]
    public async Task Looking_elsewhere_is_away()
    {
        var ann = await OpenAsync("#elsewhere", name: "ann");
        var bob = await OpenAsync("#elsewhere", name: "bob");
        await Expect(ann.Locator("#people-count")).ToHaveTextAsync("2");
        await Expect(bob.Locator("#people-count")).ToHaveTextAsync("2");
        await HistoryTests.SetHiddenAsync(bob, true);
        await ann.ClickAsync("#people-button");
        var row = ann.Locator("#people-list li", new() { HasText = "bob" });
        await Expect(row).ToContainTextAsync("away");
        await HistoryTests.SetHiddenAsync(bob, false);
        await Expect(row).Not.ToContainTextAsync("away");
    }

    [Fact]
    public async Task A_new_name_is_known_at_once_and_nothing_is_missed()
    {
        var ann = await OpenAsync("#renamed", name: "ann");
        var bob = await OpenAsync("#renamed");
        await ListensAsync(bob);
        await Node.PostAsync("renamed", "before");
        await NameAsync(bob, "bob");
        await Node.PostAsync("renamed", "after");
        await Expect(Texts(bob)).ToHaveTextAsync(["before", "after"]);
        await ann.ClickAsync("#people-button");
        await Expect(ann.Locator("#people-list b")).ToHaveTextAsync(["ann", "bob"]);
    }
}
