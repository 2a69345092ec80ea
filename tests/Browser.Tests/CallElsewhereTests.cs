namespace Malten.Browser.Tests;

/// <summary>Calls while another stream is looked at.</summary>
public sealed class CallElsewhereTests(CallChromium chromium) : CallTest(chromium)
{
    private const string ThroughThePipeAlone = "RTCDataChannel.prototype.send = () => {};";

    [Fact]
    public async Task It_rings_wherever_the_reader_is_and_leads_to_the_pipe()
    {
        var (ann, bob) = await MeetAsync();
        await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
        await LeaveAsync(ann);
        await RingAsync(bob, ann);
        await Expect(ann.GetByRole(AriaRole.Alert).Filter(new() { HasText = "The other person is calling. Accept or decline." })).ToHaveCountAsync(1);
        await Press(ann, "Accept").ClickAsync();
        foreach (var page in (IPage[])[ann, bob]) await InCallAsync(page);
        await HearsAsync(ann);
        await HearsAsync(bob);
        var way = ann.Locator(".call").GetByRole(AriaRole.Link, new() { Name = "Go to the pipe" });
        await way.ClickAsync();
        await Expect(ann.Locator("#title-text")).ToContainTextAsync("Pipe · ");
        await Expect(way).ToBeHiddenAsync();
        await LeaveAsync(ann);
        await Expect(way).ToBeVisibleAsync();
        await HearsAsync(ann);
    }

    [Fact]
    public async Task What_the_two_agree_on_arrives_and_so_does_the_end()
    {
        var (ann, bob) = await MeetAsync(more: ThroughThePipeAlone);
        await CallAsync(bob, ann);
        await LeaveAsync(ann);
        var before = await bob.EvaluateAsync<string>("connections[0].remoteDescription.sdp.match(/a=ice-ufrag:.*/)[0]");
        await bob.EvaluateAsync("dispatchEvent(new Event('online'))"); // looks for a way again, and needs an answer
        await bob.WaitForFunctionAsync("before => !connections[0].remoteDescription.sdp.includes(before)", before);
        await HearsAsync(ann);
        await Press(bob, "Share your screen").ClickAsync();
        await Expect(ann.Locator(".other-screen")).ToBeVisibleAsync();
        await SeesAsync(ann);
        await Press(bob, "Hang up").ClickAsync();
        await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
        await ann.ClickAsync("#visited a.pipe");
        await Expect(ann.Locator("#log")).ToContainTextAsync("The call has ended.");
    }

    [Fact]
    public async Task A_call_that_was_missed_is_counted_and_told_on_return()
    {
        var (ann, bob) = await MeetAsync();
        await LeaveAsync(ann);
        await RingAsync(bob, ann);
        await Press(bob, "Stop").ClickAsync();
        await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
        await Expect(ann.Locator("#visited a.pipe .badge")).ToHaveTextAsync("1 new");
        await ann.ClickAsync("#visited a.pipe");
        await Expect(ann.Locator(".line").Last).ToContainTextAsync("You missed a call.");
    }

    [Fact]
    public async Task Leaving_for_good_ends_the_call_also_from_another_stream()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        await LeaveAsync(ann);
        await bob.GotoAsync("about:blank");
        await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
        await ann.ClickAsync("#visited a.pipe");
        await Expect(ann.Locator("#log")).ToContainTextAsync("The call has ended, because the pipe has.");
        Assert.Equal("closed", await ann.EvaluateAsync<string>("connections[0].connectionState"));
    }

    [Fact]
    public async Task Whoever_hangs_up_from_another_stream_has_no_news_of_it()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(bob, ann);
        await LeaveAsync(ann);
        await Press(ann, "Hang up").ClickAsync();
        await Expect(bob.Locator(".call")).ToHaveCountAsync(0);
        await SayAsync(bob, "and still");
        await Expect(ann.Locator("#visited a.pipe .badge")).ToHaveTextAsync("1 new");
        await ann.ClickAsync("#visited a.pipe");
        await Expect(Texts(ann)).ToHaveTextAsync(["and still"]);
        await Expect(ann.Locator("#log")).ToContainTextAsync("The call has ended.");
    }

    [Fact]
    public async Task A_call_that_ends_elsewhere_leaves_the_keyboard_where_one_writes()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob); // so her way back is the button that has rung
        await LeaveAsync(ann);
        await Press(ann, "Mute").FocusAsync();
        await Press(bob, "Hang up").ClickAsync();
        await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
        await Expect(ann.Locator("#box")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Whoever_rings_during_another_call_hears_that_it_is_busy_and_is_told_of()
    {
        var (ann, bob) = await MeetAsync();
        var link = await PipeTests.InviteAsync(ann);
        var cat = await OpenAsync(link, script: Watched);
        await PipeTests.OpenPipeAsync(cat);
        await Expect(ann.Locator("#call-button")).ToBeVisibleAsync();
        await CallAsync(cat, ann);
        await bob.ClickAsync("#call-button");
        await Expect(bob.Locator(".line").Last).ToContainTextAsync("The other person is in another call.");
        await Expect(bob.Locator(".call")).ToHaveCountAsync(0);
        await Expect(ann.Locator("#visited a.pipe .badge")).ToHaveTextAsync(["1 new"]);
        await ann.Locator("#visited a.pipe", new() { Has = ann.Locator(".badge") }).ClickAsync();
        await Expect(ann.Locator(".line").Last).ToContainTextAsync("The other person rang while you were in another call.");
        await bob.ClickAsync("#call-button"); // and while their pipe is on the screen
        await Expect(bob.Locator(".line", new() { HasText = "in another call." })).ToHaveCountAsync(2);
        await Expect(ann.Locator(".line", new() { HasText = "The other person rang while you were in another call." })).ToHaveCountAsync(2);
        await HearsAsync(ann);
    }

    private static async Task LeaveAsync(IPage page)
    {
        await page.ClickAsync("#home");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("The open stream");
    }
}
