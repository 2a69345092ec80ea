namespace Malten.Browser.Tests;

/// <summary>The ways by which files go between two pages: directly where they can, through the node otherwise, and from one to the other.</summary>
public sealed class FileWayTests(CallChromium chromium) : CallTest(chromium)
{
    // The first wait before another attempt is short, and a longer one is never over; an attempt may take a minute.
    private const string OnlyTheFirstWait = """
        const later = setTimeout;
        const waits = new Map([[2000, 20], [8000, 1e9], [10_000, 60_000], [32_000, 1e9], [128_000, 1e9]]);
        globalThis.setTimeout = (act, wait, ...more) => later(act, waits.get(wait) ?? wait, ...more);
        """;

    // No wait before another attempt is ever over; an attempt may take a minute.
    private const string NoWait = """
        const later = setTimeout;
        const waits = new Map([[2000, 1e9], [8000, 1e9], [10_000, 60_000], [32_000, 1e9], [128_000, 1e9]]);
        globalThis.setTimeout = (act, wait, ...more) => later(act, waits.get(wait) ?? wait, ...more);
        """;

    [Fact]
    public async Task Files_go_directly_in_both_directions_once_one_was_accepted()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker);
        foreach (var (from, to, name) in ((IPage, IPage, string)[])[(ann, bob, "first.bin"), (bob, ann, "second.bin")])
        {
            var path = Folder.Write(name, 30_000_000);
            await from.SetInputFilesAsync("#file-input", path);
            await Expect(to.Card(name)).ToBeVisibleAsync();
            if (from == ann) foreach (var page in (IPage[])[ann, bob]) Assert.Equal(0, await ConnectionsAsync(page));
            await to.SaveAndPauseAsync(name);
            await FindDirectWayAsync(ann, bob);
            await to.ChooseAsync("Resume", name);
            await to.HasDownloadedAsync(path);
            await Expect(from.State(name)).ToHaveTextAsync("Sent, and checked by the other side.");
            Assert.InRange(await DirectlyAsync(from), 20_000_000, 70_000_000);
        }

        foreach (var page in (IPage[])[ann, bob]) Assert.Equal(1, await ConnectionsAsync(page));
    }

    [Fact]
    public async Task A_file_whose_direct_way_breaks_goes_on_through_the_node_and_then_directly_again()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker + WaitsForServers);
        var path = Folder.Write("large.bin", 200_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await bob.SaveAndPauseAsync();
        await FindDirectWayAsync(ann, bob);
        await bob.ChooseAsync("Resume");
        await Expect(bob.State()).ToContainTextAsync("· direct", new() { Timeout = 60_000 });
        await bob.GetsAsync(20_000_000);
        var mayOffer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await ann.RouteAsync("**/ice?*", async route =>
        {
            await mayOffer.Task;
            await route.ContinueAsync();
        });
        await ann.EvaluateAsync("connections.at(-1).close()");
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.State()).ToContainTextAsync("· through the node");
        await bob.ChooseAsync("Pause");
        await Expect(ann.State()).ToContainTextAsync("Paused by the other side");
        mayOffer.SetResult(); // only now, another direct way is offered
        await FindDirectWayAsync(ann, bob);
        await bob.ChooseAsync("Resume");
        await bob.HasDownloadedAsync(path, seconds: 120);
        await Expect(ann.State()).ToHaveTextAsync("Sent, and checked by the other side.");
        Assert.InRange(await DirectlyAsync(ann), 20_000_000, 210_000_000);
    }

    [Fact]
    public async Task Whoever_hides_their_address_where_there_is_no_relay_goes_through_the_node()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker);
        var path = Folder.Write("hidden.bin", 20_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await Expect(bob.Locator(".files-way")).ToContainTextAsync("The other person learns your network address, unless you hide it.");
        await bob.GetByLabel("Hide my address").CheckAsync();
        await Expect(bob.Locator(".files-way")).ToContainTextAsync("Files go through this node. The other person does not learn your address.");
        await bob.SaveAsync();
        await bob.HasDownloadedAsync(path);
        Assert.Equal(0, await ConnectionsAsync(bob));
        Assert.Equal(0, await DirectlyAsync(ann));
    }

    [Fact]
    public async Task Where_the_other_page_knows_no_direct_way_files_go_through_the_node()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker, moreOfBob: FileCards.NoPicker + FileCards.NoDirectWay);
        var path = Folder.Write("older.bin", 20_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await bob.SaveAsync();
        await bob.HasDownloadedAsync(path);
        Assert.Equal(0, await DirectlyAsync(ann));
    }

    [Fact]
    public async Task Another_certificate_than_the_agreed_one_is_refused_and_said_and_the_file_comes_through_the_node()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker, moreOfBob: CallSecurityTests.SwappedOnTheWay + FileCards.NoPicker);
        var path = Folder.Write("swapped.bin", 20_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await bob.SaveAndPauseAsync();
        await Expect(bob.Locator("#status")).ToContainTextAsync("another certificate than was agreed on, and was refused", new() { Timeout = 60_000 });
        await bob.ChooseAsync("Resume");
        await bob.HasDownloadedAsync(path);
        Assert.Equal(0, await DirectlyAsync(ann));
    }

    [Fact]
    public async Task Small_files_that_are_over_before_there_was_a_direct_way_put_none_off()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker + OnlyTheFirstWait + WaitsForServers);
        for (var i = 1; i <= 3; i++)
        {
            var name = $"small-{i}.bin";
            var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await ann.RouteAsync("**/ice?*", async route =>
            {
                await over.Task;
                await route.ContinueAsync();
            });
            await ann.SetInputFilesAsync("#file-input", Folder.Write(name, 1000 + i));
            await bob.SaveAsync(name);
            await Expect(ann.State(name)).ToHaveTextAsync("Sent, and checked by the other side.");
            over.SetResult(); // only now, a direct way is offered
            await ann.WaitForFunctionAsync("tried => connections.length === tried && connections.every(one => one.signalingState === 'closed')", i);
            await ann.UnrouteAllAsync(new() { Behavior = UnrouteBehavior.Wait });
        }

        await ann.SetInputFilesAsync("#file-input", Folder.WriteZeros("large.bin", 4_000_000_000));
        await bob.SaveAsync("large.bin");
        await Expect(bob.State("large.bin")).ToContainTextAsync("· direct", new() { Timeout = 60_000 });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_hides_their_address_no_longer_goes_directly_at_once(bool isInviter)
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker + NoWait);
        var hide = (isInviter ? ann : bob).GetByLabel("Hide my address");
        await ann.SetInputFilesAsync("#file-input", Folder.WriteZeros("large.bin", 4_000_000_000));
        await Expect(bob.Card()).ToBeVisibleAsync();
        await hide.CheckAsync();
        await bob.SaveAsync();
        await Expect(bob.State()).ToContainTextAsync("· through the node");
        await bob.GetsAsync(1_000_000);
        await hide.UncheckAsync();
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.State()).ToContainTextAsync("· direct", new() { Timeout = 60_000 });
        await hide.CheckAsync();
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.State()).ToContainTextAsync("· through the node");
    }

    [Fact]
    public async Task To_hide_an_address_is_one_choice_for_calls_and_files()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker);
        await CallAsync(ann, bob);
        await ann.SetInputFilesAsync("#file-input", Folder.WriteZeros("large.bin", 4_000_000_000));
        await bob.SaveAsync();
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.State()).ToContainTextAsync("· direct", new() { Timeout = 60_000 });
        await Press(bob, "Choices").ClickAsync();
        var (ofCalls, ofFiles) = (bob.Locator("#call-hide"), bob.Locator(".files-way"));
        await ofCalls.CheckAsync();
        await Expect(ofFiles.GetByRole(AriaRole.Checkbox)).ToBeCheckedAsync();
        await Expect(ofFiles).ToContainTextAsync("Files go through this node.");
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.State()).ToContainTextAsync("· through the node");
        await ofFiles.GetByRole(AriaRole.Checkbox).UncheckAsync();
        await Expect(ofCalls).Not.ToBeCheckedAsync();
        await Expect(bob.Locator("#call-choices .gives").First).ToContainTextAsync("The other person learns your network address");
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.State()).ToContainTextAsync("· direct", new() { Timeout = 60_000 });
    }

    private static Task<int> ConnectionsAsync(IPage page) => page.EvaluateAsync<int>("window.connections.length");

    /// <summary>How many bytes a page has sent directly so far.</summary>
    private static Task<long> DirectlyAsync(IPage page) => page.EvaluateAsync<long>("""
        async () => {
          let sent = 0;
          for (const pc of window.connections) for (const one of (await pc.getStats()).values()) if (one.type === 'data-channel') sent += one.bytesSent;
          return sent;
        }
        """);
}
