namespace Malten.Browser.Tests;

/// <summary>Several tabs of one browser, which over HTTP/1.1 has six connections to a server for what it hears, and as many for all else.</summary>
public sealed class TabTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task Two_tabs_that_hear_pipes_and_streams_and_get_and_send_files_through_the_node_can_still_post_and_load()
    {
        const string Usual = FileCards.NoPicker + FileCards.NoDirectWay;
        var first = await OpenAsync("#_", script: Usual);
        var second = await first.Context.NewPageAsync();
        await second.GotoAsync($"{Node.Address}/#_");
        var friends = new List<IPage>();
        foreach (var page in (IPage[])[first, second])
        {
            await ListensAsync(page);
            var friend = await OpenAsync(await PipeTests.InviteAsync(page), script: Usual);
            await PipeTests.OpenPipeAsync(friend);
            friends.Add(friend);
            foreach (var (from, to) in ((IPage, IPage)[])[(page, friend), (friend, page)])
            {
                await Expect(from.Locator("#attach")).ToBeVisibleAsync();
                var name = from == friend ? "theirs.bin" : "own.bin";
                await from.SetInputFilesAsync("#file-input", Folder.WriteZeros(name, 4_000_000_000));
                await to.SaveAsync(name);
                await to.ChooseAsync("Pause", name); // its connection stays
                await Expect(from.State(name)).ToContainTextAsync("Paused by the other side");
            }

            await page.EvaluateAsync("() => { location.hash = '#another'; }");
            await Expect(page.Locator("#title-text")).ToHaveTextAsync("another");
        }

        await UntilAsync(() => Node.Listening >= 8, "Not all are heard."); // one at each friend's, three in each tab
        foreach (var page in (IPage[])[first, second]) await SayAsync(page, page == first ? "one" : "two");
        foreach (var friend in friends) await SayAsync(friend, "hello");
        foreach (var page in (IPage[])[first, second]) await Expect(page.Locator("#visited a.pipe .badge")).ToHaveTextAsync("1 new");
        foreach (var friend in friends) await Expect(friend.Locator(".receipt")).ToHaveTextAsync("received");

        // All that hears is open, and what is asked meanwhile is not behind it.
        await first.Locator("#visited li", new() { Has = first.Locator(".pipe") }).Locator(".leave").ClickAsync();
        await Expect(first.Locator("#ask-title")).ToContainTextAsync("Leave"); // loaded when it is needed
        await first.ClickAsync("#ask-no");
        var third = await first.Context.NewPageAsync();
        await third.GotoAsync($"{Node.Address}/#third");
        await Expect(third.Locator("#title-text")).ToHaveTextAsync("third"); // where streams may wait
        await second.ReloadAsync();
        await Expect(second.Locator("#title-text")).ToHaveTextAsync("another");
    }
}
