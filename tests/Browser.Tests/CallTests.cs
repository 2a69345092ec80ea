namespace Malten.Browser.Tests;

/// <summary>Ringing, answering and ending; and what may be done at the same time by both.</summary>
public sealed class CallTests(CallChromium chromium) : CallTest(chromium)
{
    [Fact]
    public async Task Whoever_declines_is_not_heard_and_may_be_rung_again()
    {
        var (ann, bob) = await MeetAsync();
        await RingAsync(ann, bob);
        await Press(bob, "Decline").ClickAsync();
        await Expect(ann.Locator(".line").Last).ToContainTextAsync("The other person declined the call.");
        foreach (var page in (IPage[])[ann, bob])
        {
            await Expect(page.Locator(".call")).ToHaveCountAsync(0);
            Assert.Equal(0, await page.EvaluateAsync<int>("window.connections.length")); // nobody learned an address
        }

        await CallAsync(bob, ann);
        await HearsAsync(ann);
    }

    [Fact]
    public async Task Whoever_stops_ringing_leaves_a_missed_call()
    {
        var (ann, bob) = await MeetAsync();
        await RingAsync(ann, bob);
        await Press(ann, "Stop").ClickAsync();
        await Expect(bob.Locator(".line").Last).ToContainTextAsync("You missed a call.");
        await Expect(bob.Locator(".call")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Both_may_ring_at_once()
    {
        var (ann, bob) = await MeetAsync();
        await Task.WhenAll(ann.ClickAsync("#call-button"), bob.ClickAsync("#call-button"));
        await Task.WhenAll(AcceptAsync(ann), AcceptAsync(bob)); // whoever was earlier rings until the other has accepted
        foreach (var page in (IPage[])[ann, bob]) await InCallAsync(page);
        await HearsAsync(ann);
        await HearsAsync(bob);

        // Where one was a little earlier, the other is rung.
        static async Task AcceptAsync(IPage page)
        {
            var accept = Press(page, "Accept");
            await Expect(accept.Or(page.Locator(".call[data-phase=open], .call[data-phase=connecting]")).First).ToBeVisibleAsync(new() { Timeout = 30_000 });
            if (await accept.IsVisibleAsync()) await accept.ClickAsync();
        }
    }

    [Fact]
    public async Task What_comes_while_the_servers_for_the_way_are_still_asked_for_waits()
    {
        var (ann, bob) = await MeetAsync(moreOfBob: WaitsForServers);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await bob.RouteAsync("**/ice?*", async route =>
        {
            await asked.Task;
            await route.ContinueAsync();
        });
        await RingAsync(ann, bob);
        var described = ann.WaitForFunctionAsync("() => window.connections[0]?.localDescription");
        var heard = bob.EvaluateAsync("""
            () => new Promise(done => {
              const parse = JSON.parse;
              JSON.parse = text => {
                const word = parse(text);
                if (word?.is === 'description') setTimeout(done);
                return word;
              };
            })
            """);
        await Press(bob, "Accept").ClickAsync();
        await described;
        await heard; // the offer has come, and the answer to /ice has not
        asked.SetResult();
        foreach (var page in (IPage[])[ann, bob]) await InCallAsync(page);
        await HearsAsync(bob);
    }

    [Fact]
    public async Task Both_may_share_their_screens_at_once()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        await Task.WhenAll(Press(ann, "Share your screen").ClickAsync(), Press(bob, "Share your screen").ClickAsync());
        foreach (var page in (IPage[])[ann, bob]) await Expect(Press(page, "Share your screen")).ToHaveAttributeAsync("aria-pressed", "true");
        foreach (var page in (IPage[])[ann, bob])
        {
            await Expect(page.Locator(".other-screen")).ToBeVisibleAsync();
            await SeesAsync(page);
            await HearsAsync(page);
        }

        await Press(ann, "Share your screen").ClickAsync(); // which ends it
        await Expect(bob.Locator(".other-screen")).ToBeHiddenAsync();
        await SeesAsync(ann);
        await Press(ann, "Share your screen").ClickAsync();
        await Expect(bob.Locator(".other-screen")).ToBeVisibleAsync();
        await SeesAsync(bob);
    }

    [Fact]
    public async Task Muted_is_silent_and_a_camera_that_is_off_is_let_go_of()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob, withCamera: true);
        await SeesAsync(ann);
        await Press(bob, "Mute").ClickAsync();
        await Expect(Press(bob, "Muted")).ToHaveAttributeAsync("aria-pressed", "true");
        await UntilSilentAsync(ann);
        await Press(bob, "Camera").ClickAsync();
        await Expect(ann.Locator(".other-video")).ToBeHiddenAsync();
        Assert.True(await bob.EvaluateAsync<bool>("connections[0].getSenders().every(({ track }) => track?.kind !== 'video')"));
        await Press(bob, "Muted").ClickAsync();
        await Press(bob, "Camera").ClickAsync();
        await Expect(ann.Locator(".other-video")).ToBeVisibleAsync();
        await HearsAsync(ann);
        await SeesAsync(ann);
    }

    [Fact]
    public async Task Another_device_takes_over_while_talking()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        await Press(bob, "Choices").ClickAsync();
        var microphones = bob.Locator("#call-choices select").First;
        await Expect(microphones).ToBeVisibleAsync();
        var before = await bob.EvaluateAsync<string>("connections[0].getSenders()[0].track.id");
        var options = await microphones.Locator("option").EvaluateAllAsync<string[]>("all => all.map(one => one.value)");
        Assert.NotEmpty(options);
        await microphones.EvaluateAsync("(select, id) => { select.value = id; select.dispatchEvent(new Event('change')); }", options[^1]);
        await Expect(bob.Locator(".call .problem")).ToBeEmptyAsync();
        await bob.WaitForFunctionAsync("before => connections[0].getSenders()[0].track.id !== before", before);
        await HearsAsync(ann);
    }

    [Fact]
    public async Task Without_a_microphone_one_can_still_listen()
    {
        const string Refused = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };";
        var (ann, bob) = await MeetAsync(moreOfBob: Refused);
        await CallAsync(ann, bob);
        await Expect(bob.Locator(".call .problem")).ToContainTextAsync("Your microphone is not allowed here");
        await HearsAsync(bob);
    }

    [Fact]
    public async Task Ending_the_pipe_ends_the_call()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        await bob.GotoAsync("about:blank");
        await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
        await Expect(ann.Locator("#log")).ToContainTextAsync("The call has ended, because the pipe has.");
        await Expect(ann.Locator("#call-button")).ToBeHiddenAsync();
        Assert.Equal("closed", await ann.EvaluateAsync<string>("connections[0].connectionState"));
        Assert.True(await ann.EvaluateAsync<bool>("connections[0].getSenders().every(({ track }) => !track || track.readyState === 'ended')"));
    }

    [Fact]
    public async Task A_call_goes_on_while_another_stream_is_looked_at()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        await ann.ClickAsync("#home");
        await Expect(ann.Locator("#title-text")).ToHaveTextAsync("The open stream");
        await Press(bob, "Share your screen").ClickAsync();
        await Expect(ann.Locator(".other-screen")).ToBeVisibleAsync();
        await SeesAsync(ann);
        await Press(bob, "Hang up").ClickAsync();
        await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Nothing_of_a_call_is_shown_as_a_message_or_read_by_the_server()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob);
        await HearsAsync(ann);
        await Expect(ann.Locator(".message")).ToHaveCountAsync(0);
        await Expect(bob.Locator(".message")).ToHaveCountAsync(0);
        foreach (var request in Node.Received)
            foreach (var word in (string[])["fingerprint", "candidate", "a=ice", "description"])
                Assert.DoesNotContain(word, request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_works_by_keyboard_alone_and_says_what_happens()
    {
        var (ann, bob) = await MeetAsync();
        await bob.FocusAsync("#box");
        await ann.FocusAsync("#call-button");
        await ann.Keyboard.PressAsync("Enter");
        await Expect(bob.GetByRole(AriaRole.Alert).Filter(new() { HasText = "The other person is calling. Accept or decline." })).ToHaveCountAsync(1);
        await Expect(bob.Locator("#box")).ToBeFocusedAsync(); // whoever writes is not interrupted
        await bob.Keyboard.PressAsync("Shift+Tab"); // past the messages
        await TabToAsync(bob, "Accept", "Shift+Tab");
        await bob.Keyboard.PressAsync("Enter");
        await InCallAsync(ann);
        await InCallAsync(bob);
        await TabToAsync(ann, "Mute", "Tab");
        await ann.Keyboard.PressAsync("Space");
        await Expect(Press(ann, "Muted")).ToBeFocusedAsync();
        await TabToAsync(ann, "Hang up", "Tab");
        await ann.Keyboard.PressAsync("Enter");
        await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
        await Expect(ann.Locator("#call-button")).ToBeFocusedAsync();
    }

    private static async Task TabToAsync(IPage page, string name, string key)
    {
        for (var i = 0; i < 30; i++)
        {
            if (await page.EvaluateAsync<string>("document.activeElement.textContent.trim()") == name) return;
            await page.Keyboard.PressAsync(key);
        }

        Assert.Fail($"The keyboard does not reach '{name}'.");
    }

    private static async Task UntilSilentAsync(IPage page)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        for (var before = -1.0; ;)
        {
            var now = (await ReceivedAsync(page)).Energy;
            if (now - before < 1e-6) return;
            before = now;
            await Task.Delay(300, patience.Token);
        }
    }
}
