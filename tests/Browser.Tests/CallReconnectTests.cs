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

    [Fact]
    public async Task An_offer_that_is_lost_on_the_way_is_told_again()
    {
        var (ann, bob) = await MeetAsync(more: "RTCDataChannel.prototype.send = () => {};"); // all goes through the pipe
        await CallAsync(ann, bob);
        await HearsAsync(bob);
        var refused = 0;
        Node.Instead = context =>
        {
            if (context.Request.Method != "POST") return false;
            Interlocked.Increment(ref refused);
            context.Response.StatusCode = 400;
            return true;
        };
        await Press(ann, "Share your screen").ClickAsync();
        await ann.WaitForFunctionAsync("() => connections[0].signalingState === 'have-local-offer'");
        await UntilAsync(() => Volatile.Read(ref refused) >= 2, "what is on, and the offer, are lost");
        Node.Instead = null;
        await Expect(bob.Locator(".other-screen")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await SeesAsync(bob);
        await Press(bob, "Share your screen").ClickAsync();
        await SeesAsync(ann);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_closes_the_page_while_no_node_is_there_ends_the_call(bool withWords)
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        Node.Instead = context =>
        {
            context.Abort();
            return true;
        };
        Node.CutEvents();
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.Locator("#status")).ToContainTextAsync("Connection lost");
        if (!withWords) await bob.EvaluateAsync("RTCDataChannel.prototype.send = () => {}");
        await bob.GotoAsync("about:blank");
        await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
        await Expect(ann.Locator(".line").Last).ToContainTextAsync(withWords ? "The call has ended, because the pipe has." : "The call has ended.");
        await Expect(ann.Locator(".line.danger")).ToHaveCountAsync(0);
    }

    private static Task<string> NameOfWayAsync(IPage page) =>
        page.EvaluateAsync<string>("connections[0].localDescription.sdp.match(/a=ice-ufrag:.*/)[0]");
}
