namespace Malten.Browser.Tests;

/// <summary>The ways by which files go between two pages: directly where they can, through the node otherwise, and from one to the other.</summary>
public sealed class FileWayTests(CallChromium chromium) : CallTest(chromium)
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("malten-");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Files_go_directly_in_both_directions_once_one_was_accepted()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker);
        foreach (var (from, to, name) in ((IPage, IPage, string)[])[(ann, bob, "first.bin"), (bob, ann, "second.bin")])
        {
            var path = _folder.Write(name, 30_000_000);
            await from.SetInputFilesAsync("#file-input", path);
            await Expect(to.Card(name)).ToBeVisibleAsync();
            if (from == ann) foreach (var page in (IPage[])[ann, bob]) Assert.Equal(0, await ConnectionsAsync(page));
            await to.SaveAsync(name);
            await to.HasDownloadedAsync(path);
            await Expect(from.State(name)).ToHaveTextAsync("Sent, and checked by the other side.");
            Assert.InRange(await DirectlyAsync(from), 20_000_000, 70_000_000);
        }

        foreach (var page in (IPage[])[ann, bob]) Assert.Equal(1, await ConnectionsAsync(page));
    }

    [Fact]
    public async Task A_file_whose_direct_way_breaks_goes_on_through_the_node_and_then_directly_again()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker);
        var path = _folder.Write("large.bin", 200_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await bob.SaveAsync();
        await Expect(bob.State()).ToContainTextAsync("· direct");
        await bob.GetsAsync(20_000_000);
        await ann.EvaluateAsync("connections[0].close()");
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.State()).ToContainTextAsync("· through the node");
        await bob.ChooseAsync("Pause");
        await Expect(ann.State()).ToContainTextAsync("Paused by the other side");
        await ann.WaitForFunctionAsync("() => connections[1]?.connectionState === 'connected'");
        await bob.ChooseAsync("Resume");
        await bob.HasDownloadedAsync(path, seconds: 120);
        await Expect(ann.State()).ToHaveTextAsync("Sent, and checked by the other side.");
        Assert.InRange(await DirectlyAsync(ann), 20_000_000, 210_000_000);
    }

    [Fact]
    public async Task Whoever_hides_their_address_where_there_is_no_relay_goes_through_the_node()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker);
        var path = _folder.Write("hidden.bin", 20_000_000);
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
        var path = _folder.Write("older.bin", 20_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await bob.SaveAsync();
        await bob.HasDownloadedAsync(path);
        Assert.Equal(0, await DirectlyAsync(ann));
    }

    [Fact]
    public async Task Another_certificate_than_the_agreed_one_is_refused_and_said_and_the_file_comes_through_the_node()
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker, moreOfBob: CallSecurityTests.SwappedOnTheWay + FileCards.NoPicker);
        var path = _folder.Write("swapped.bin", 20_000_000);
        await ann.SetInputFilesAsync("#file-input", path);
        await bob.SaveAsync();
        await Expect(bob.Locator("#status")).ToContainTextAsync("another certificate than was agreed on, and was refused");
        await bob.HasDownloadedAsync(path);
        Assert.Equal(0, await DirectlyAsync(ann));
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
