namespace Malten.Browser.Tests;

/// <summary>One stream of a tab can be left, with the mouse, by keyboard and on a small screen; what is lost by it is said first.</summary>
public sealed class LeavingTests(Chromium chromium) : TraceTest(chromium)
{
    [Fact]
    public async Task A_stream_is_left_by_keyboard_and_the_focus_goes_on_to_the_next()
    {
        var page = await OpenAsync("#one");
        await ListensAsync(page);
        await Expect(Leave(page, "one")).ToBeHiddenAsync(); // there is nothing else to be in
        await GoAsync(page, "#two");
        await GoAsync(page, "#three");
        await UntilObserversAsync("one", 1);
        await page.FocusAsync("#visited a[href='#one']");
        await page.Keyboard.PressAsync("Tab");
        await Expect(Leave(page, "one")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#visited .title")).ToHaveTextAsync(["two", "three"]);
        await Expect(page.Locator("#visited a[href='#two']")).ToBeFocusedAsync();
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("three");
        await UntilObserversAsync("one", 0);
        await UntilObserversAsync("two", 1);
    }

    [Fact]
    public async Task Whoever_leaves_what_is_on_the_screen_sees_another_and_the_way_back_does_not_lead_there()
    {
        var page = await OpenAsync("#one", new() { ViewportSize = new() { Width = 360, Height = 640 } });
        await ListensAsync(page);
        var link = await BeginEncryptedAsync(page);
        await SayAsync(page, "mine");
        await page.ClickAsync("#menu");
        await Leave(page, "secret").ClickAsync();
        await Expect(page.Locator("#ask-text")).ToContainTextAsync("Only its link leads back");
        await Expect(page.Locator("#ask-text")).ToContainTextAsync("stays in the history of this browser");
        await page.ClickAsync("#ask-no");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("secret");
        await page.ClickAsync("#menu");
        await Leave(page, "secret").ClickAsync();
        await page.ClickAsync("#ask-yes");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("one");
        await ListensAsync(page);
        await Expect(page.Locator("#visited li")).ToHaveCountAsync(1);
        await Expect(page.Locator("#box")).ToBeFocusedAsync();
        await page.GoBackAsync();
        Assert.DoesNotContain(link, page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_leaves_a_stream_without_a_trace_takes_theirs_along_and_stays_in_the_others()
    {
        var (_, link) = await BeginRoomAsync();
        var ann = await OpenAsync(link);
        await ListensAsync(ann);
        await SayAsync(ann, "from ann");
        var bob = await OpenAsync(link);
        await Expect(Texts(bob)).ToHaveTextAsync(["from ann"]);
        await GoAsync(ann, "#plain");
        await Leave(ann, "any").ClickAsync();
        await Expect(ann.Locator("#ask-text")).ToContainTextAsync("vanishes from everyone’s screen");
        await Expect(ann.Locator("#ask-text")).ToContainTextAsync("stays in the history of this browser");
        await ann.ClickAsync("#ask-yes");
        await Expect(bob.Locator(".line.gap")).ToHaveTextAsync("Someone left, and one message with them.");
        await Expect(Texts(bob)).ToHaveCountAsync(0);
        await Expect(ann.Locator("#visited li")).ToHaveCountAsync(1);
        await ann.CloseAsync(new() { RunBeforeUnload = true }); // nothing is at stake any more, so nobody is asked
        await UntilAsync(() => ann.IsClosed, "the page is closed");
    }

    [Fact]
    public async Task Whoever_leaves_a_pipe_ends_it_for_both()
    {
        var ann = await OpenAsync("#plain");
        await ListensAsync(ann);
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await bob.ClickAsync("text=Open the pipe");
        await Expect(ann.Locator("#title-text")).ToContainTextAsync("Pipe ·");
        await ann.Locator("#visited li", new() { Has = ann.Locator(".pipe") }).Locator(".leave").ClickAsync();
        await ann.ClickAsync("#ask-yes");
        await Expect(ann.Locator("#title-text")).ToHaveTextAsync("plain");
        await Expect(bob.Locator(".line").Last).ToContainTextAsync("left");
    }

    private static ILocator Leave(IPage page, string title) => page.GetByLabel($"Leave {title}", new() { Exact = true });

    private static async Task<string> BeginEncryptedAsync(IPage page)
    {
        await page.ClickAsync("#menu");
        return await EncryptedStreamTests.BeginAsync(page, "secret");
    }

    private async Task UntilObserversAsync(string stream, int observers)
    {
        while ((await Node.GetAsync($"presence?stream={stream}"))["Observers"]!.GetValue<int>() != observers)
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }
}
