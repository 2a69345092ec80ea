namespace Malten.Browser.Tests;

/// <summary>What the other side of a pipe may say about calls has bounds, and whoever goes beyond them ends the call.</summary>
public sealed class CallLimitTests(CallChromium chromium) : CallTest(chromium)
{
    // The page's words, as they go directly: a test says more of them.
    private const string Talkative = """
        const make = RTCPeerConnection.prototype.createDataChannel;
        RTCPeerConnection.prototype.createDataChannel = function (...all) { return window.words = make.apply(this, all); };
        const write = JSON.stringify;
        JSON.stringify = (what, ...more) => {
          if (what?.call && 'number' in what) window.last = what;
          return write(what, ...more);
        };
        window.say = (count, make) => {
          const { number, call } = window.last;
          for (let i = 1; i <= count; i++) window.words.send(write({ call, number: number + i, ...make(i) }));
        };
        """;

    public static TheoryData<string> TooMuch => new(
        "words.send('x'.repeat(70_000))",
        "say(1201, () => ({ is: 'state', microphone: true }))",
        "say(61, () => ({ is: 'description', type: 'answer', sdp: '', offer: -1 }))",
        "say(1, () => ({ is: 'description', type: 'offer', sdp: 'v=0\\r\\n' + 'm=audio 9 UDP/TLS/RTP/SAVPF 111\\r\\n'.repeat(17), offer: 1e6 }))",
        "say(7, () => ({ is: 'candidates', list: Array(100).fill({ candidate: '', sdpMid: '0' }) }))",
        "say(1, () => ({ is: 'candidates', list: [{ candidate: 'x'.repeat(2000), sdpMid: '0' }] }))",
        "say(1, () => ({ is: 'candidates', list: 'many' }))");

    [Theory]
    [MemberData(nameof(TooMuch))]
    public async Task More_than_a_call_needs_ends_it_and_both_are_told(string what)
    {
        var (ann, bob) = await MeetAsync(moreOfBob: Talkative);
        await CallAsync(ann, bob);
        await HearsAsync(ann);
        await SpeaksAsync(bob);
        await bob.EvaluateAsync(what);
        await Expect(ann.Locator(".line").Last).ToContainTextAsync("The call was ended: the other person’s page sent more than a call can need.");
        await Expect(bob.Locator(".line").Last).ToContainTextAsync("ended the call: it was sent more than a call can need.");
        foreach (var page in (IPage[])[ann, bob]) await Expect(page.Locator(".call")).ToHaveCountAsync(0);
        Assert.Equal("closed", await ann.EvaluateAsync<string>("connections[0].connectionState"));
    }

    [Theory]
    [InlineData("rang")]
    [InlineData("missed")]
    [InlineData("flooded")]
    [InlineData("toString")]
    public async Task Of_how_a_call_ended_only_what_a_page_says_to_another_is_believed(string why)
    {
        var (ann, bob) = await MeetAsync(moreOfBob: Talkative);
        await CallAsync(ann, bob);
        await SpeaksAsync(bob);
        await bob.EvaluateAsync($"say(1, () => ({{ is: 'end', why: '{why}' }}))");
        await Expect(ann.Locator(".line").Last).ToContainTextAsync("The call has ended.");
    }

    [Fact]
    public async Task An_offer_that_comes_again_while_it_is_answered_is_taken_once_and_answered_twice()
    {
        const string Counted = """
            window.taken = [];
            window.answers = 0;
            const take = RTCPeerConnection.prototype.setRemoteDescription;
            RTCPeerConnection.prototype.setRemoteDescription = function (one) {
              if (one.type === 'offer') window.taken.push(one.sdp);
              return take.call(this, one);
            };
            const send = RTCDataChannel.prototype.send;
            RTCDataChannel.prototype.send = function (text) {
              if (/"type":"answer".*"offer":1000000/.test(text)) window.answers++;
              return send.call(this, text);
            };
            """;
        var (ann, bob) = await MeetAsync(more: Counted, moreOfBob: Talkative);
        await CallAsync(ann, bob);
        await HearsAsync(ann);
        await SpeaksAsync(bob);
        var sdp = await bob.EvaluateAsync<string>("""
            async () => {
              const { sdp } = await connections[0].createOffer();
              say(2, () => ({ is: 'description', type: 'offer', sdp, offer: 1e6 }));
              return sdp;
            }
            """);
        await ann.WaitForFunctionAsync("() => answers === 2");
        Assert.Equal(1, await ann.EvaluateAsync<int>("sdp => taken.filter(one => one === sdp).length", sdp));
        await HearsAsync(ann);
        await HearsAsync(bob);
    }

    [Fact]
    public async Task Endless_rings_are_shown_a_few_times_a_minute()
    {
        var (ann, bob) = await MeetAsync();
        await ann.EvaluateAsync("{ const now = Date.now(); Date.now = () => now; }"); // within one minute
        for (var i = 0; i < 6; i++)
        {
            await RingAsync(bob, ann);
            await Press(bob, "Stop").ClickAsync();
            await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
            await Expect(bob.Locator(".call")).ToHaveCountAsync(0);
        }

        for (var i = 0; i < 3; i++)
        {
            await bob.ClickAsync("#call-button");
            await Expect(bob.Locator(".call[data-phase=ringing]")).ToBeVisibleAsync();
            await Press(bob, "Stop").ClickAsync();
            await Expect(bob.Locator(".call")).ToHaveCountAsync(0);
        }

        await SayAsync(bob, "please");
        await Expect(Texts(ann)).ToHaveTextAsync(["please"]); // so what came before was heard
        await Expect(ann.Locator(".line", new() { HasText = "rings again and again" })).ToHaveCountAsync(1);
        await Expect(ann.Locator(".line", new() { HasText = "You missed a call." })).ToHaveCountAsync(6);
        await ann.EvaluateAsync("{ const now = Date.now() - 61_000; Date.now = () => now; }"); // another minute, also by a clock that was set back
        await RingAsync(bob, ann);
    }

    /// <summary>Waits until a page's words go directly.</summary>
    private static async Task SpeaksAsync(IPage page) =>
        await page.WaitForFunctionAsync("() => words.readyState === 'open'", null, new() { Timeout = 30_000 });
}
