namespace Malten.Browser.Tests;

/// <summary>A call goes on when its node dies or the network changes.</summary>
public sealed class CallReconnectTests(CallChromium chromium) : CallTest(chromium)
{
    [Fact]
    public async Task While_the_node_is_away_both_go_on_and_may_change_what_they_send()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        var isAway = true;
        Node.Instead = context =>
        {
            if (isAway) context.Abort();
            return isAway;
        };
        Node.CutEvents();
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.Locator("#status")).ToContainTextAsync("Connection lost");
        await HearsAsync(ann);
        await Press(bob, "Share your screen").ClickAsync();
        await Expect(ann.Locator(".other-screen")).ToBeVisibleAsync();
        await SeesAsync(ann);
        isAway = false;
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.Locator("#status")).ToBeEmptyAsync(new() { Timeout = 30_000 });
        await SayAsync(ann, "still there?");
        await Expect(Texts(bob)).ToHaveTextAsync(["still there?"]);
        await Press(ann, "Share your screen").ClickAsync();
        await SeesAsync(bob);
        await HearsAsync(bob);
    }

    [Fact]
    public async Task A_node_that_dies_and_comes_back_without_its_memory_loses_the_pipe_and_not_the_call()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        var port = Node.Port;
        await Node.DisposeAsync();
        await HearsAsync(ann);
        Node = await TestNode.StartAsync(port: port);
        foreach (var page in (IPage[])[ann, bob])
        {
            await Expect(page.Locator("#log")).ToContainTextAsync("This pipe is over", new() { Timeout = 40_000 });
            await Expect(page.Locator(".call .problem")).ToContainTextAsync("The call goes on directly");
        }

        await HearsAsync(ann);
        await Press(bob, "Share your screen").ClickAsync();
        await Expect(ann.Locator(".other-screen")).ToBeVisibleAsync();
        await SeesAsync(ann);
        await Press(ann, "Hang up").ClickAsync();
        await Expect(bob.Locator(".call")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_machine_that_slept_looks_for_another_way()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        var before = await NameOfWayAsync(bob);
        await bob.EvaluateAsync("{ const now = Date.now; Date.now = () => now() + 60_000; }"); // as a timer finds it that comes late
        await bob.WaitForFunctionAsync("before => !connections[0].localDescription.sdp.includes(before)", before);
        await HearsAsync(ann);
        await HearsAsync(bob);
    }

    [Fact]
    public async Task Another_network_makes_the_page_look_for_another_way()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        var before = await NameOfWayAsync(bob);
        await bob.EvaluateAsync("dispatchEvent(new Event('online'))");
        await bob.WaitForFunctionAsync("before => !connections[0].localDescription.sdp.includes(before)", before);
        await HearsAsync(ann);
        await HearsAsync(bob);
    }

    private static Task<string> NameOfWayAsync(IPage page) =>
        page.EvaluateAsync<string>("connections[0].localDescription.sdp.match(/a=ice-ufrag:.*/)[0]");
}
