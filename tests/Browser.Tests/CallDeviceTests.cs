namespace Malten.Browser.Tests;

/// <summary>No device is open but in a call, and none that nobody asked for.</summary>
public sealed class CallDeviceTests(CallChromium chromium) : CallTest(chromium)
{
    private const string Counted = """
        window.opened = [];
        window.pictures = [];
        for (const name of ['getUserMedia', 'getDisplayMedia']) {
          const open = MediaDevices.prototype[name];
          MediaDevices.prototype[name] = async function (wanted) {
            const at = window.opened.push({ name, id: (wanted.audio ?? wanted.video)?.deviceId?.exact ?? '', tracks: [] }) - 1;
            await window.picking;
            const stream = await open.call(this, wanted);
            window.opened[at].tracks = stream.getTracks();
            return stream;
          };
        }
        window.live = () => window.opened.flatMap(({ tracks }) => tracks).filter(({ readyState }) => readyState === 'live').length;
        """;

    [Fact]
    public async Task A_device_that_is_chosen_while_it_rings_is_opened_once_the_call_is_accepted()
    {
        var (ann, bob) = await MeetAsync(moreOfBob: Counted);
        await CallAsync(ann, bob); // from now on, the browser tells the devices
        await Press(ann, "Hang up").ClickAsync();
        await Expect(bob.Locator(".call")).ToHaveCountAsync(0);
        Assert.Equal(0, await bob.EvaluateAsync<int>("live()"));
        await RingAsync(ann, bob);
        await Press(bob, "Choices").ClickAsync();
        var microphones = bob.Locator("#call-choices select").First;
        await Expect(microphones).ToBeVisibleAsync();
        var before = await CountAsync(bob);
        var chosen = await ChooseLastAsync(microphones);
        await ChooseLastAsync(bob.Locator("#call-choices select").Nth(1));
        Assert.Equal(before, await CountAsync(bob));
        await Press(bob, "Accept").ClickAsync();
        await InCallAsync(bob);
        await HearsAsync(ann);
        Assert.Equal(chosen, await bob.EvaluateAsync<string>("opened.at(-1).id"));
        Assert.Equal(1, await bob.EvaluateAsync<int>("live()"));
        var control = await microphones.ElementHandleAsync();
        await Press(ann, "Hang up").ClickAsync();
        await Expect(bob.Locator(".call")).ToHaveCountAsync(0);
        before = await CountAsync(bob);
        await control.EvaluateAsync("select => select.dispatchEvent(new Event('change'))"); // too late
        Assert.Equal(before, await CountAsync(bob));
        Assert.Equal(0, await bob.EvaluateAsync<int>("live()"));
    }

    [Fact]
    public async Task A_camera_that_is_unplugged_is_off_and_no_other_is_opened()
    {
        var (ann, bob) = await MeetAsync(moreOfBob: Counted);
        await CallAsync(ann, bob, withCamera: true);
        await SeesAsync(ann);
        var before = await CountAsync(bob);
        await bob.EvaluateAsync("""
            () => {
              const { track } = connections[0].getSenders()[1];
              track.stop();
              track.dispatchEvent(new Event('ended')); // as a browser tells of a device that has gone
              navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
            }
            """);
        await Expect(bob.Locator(".call .problem")).ToContainTextAsync("Your camera has gone. Turn it on again");
        await Expect(Press(bob, "Camera")).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(ann.Locator(".other-video")).ToBeHiddenAsync();
        Assert.Equal(before, await CountAsync(bob));
        await Press(bob, "Camera").ClickAsync();
        await Expect(ann.Locator(".other-video")).ToBeVisibleAsync();
        await SeesAsync(ann);
    }

    [Fact]
    public async Task A_microphone_that_is_unplugged_makes_way_for_another_unless_the_call_has_ended()
    {
        const string Unplug = """
            () => {
              const { track } = connections[0].getSenders()[0];
              track.stop();
              track.dispatchEvent(new Event('ended'));
            }
            """;
        var (ann, bob) = await MeetAsync(moreOfBob: Counted);
        await CallAsync(ann, bob);
        await bob.EvaluateAsync(Unplug);
        await Expect(bob.Locator(".call .problem")).ToContainTextAsync("Another one took its place");
        await bob.EvaluateAsync("() => { navigator.mediaDevices.dispatchEvent(new Event('devicechange')); }"); // as a browser tells of what has gone
        await Expect(bob.Locator(".call .problem")).ToContainTextAsync("Another one took its place");
        await HearsAsync(ann);
        await bob.EvaluateAsync("() => { window.picking = new Promise(done => (window.pick = done)); }");
        await bob.EvaluateAsync(Unplug);
        await Press(bob, "Hang up").ClickAsync();
        await Expect(bob.Locator(".call")).ToHaveCountAsync(0);
        await bob.EvaluateAsync("async () => { pick(); await picking; }");
        await bob.WaitForFunctionAsync("() => opened.every(({ tracks }) => tracks.length > 0) && live() === 0");
    }

    [Fact]
    public async Task One_screen_is_chosen_at_a_time_and_nothing_stays_captured()
    {
        var (ann, bob) = await MeetAsync(more: Counted, moreOfBob: "");
        await CallAsync(ann, bob);
        await ann.EvaluateAsync("() => { window.picking = new Promise(done => (window.pick = done)); }");
        for (var i = 0; i < 3; i++) await Press(ann, "Share your screen").ClickAsync();
        await ann.EvaluateAsync("pick()");
        await Expect(bob.Locator(".other-screen")).ToBeVisibleAsync();
        Assert.Equal(1, await ann.EvaluateAsync<int>("opened.filter(({ name }) => name === 'getDisplayMedia').length"));
        await Press(ann, "Share your screen").ClickAsync();
        await Expect(bob.Locator(".other-screen")).ToBeHiddenAsync();
        await ann.WaitForFunctionAsync("() => live() === 1"); // the microphone
        await ann.EvaluateAsync("() => { window.picking = new Promise(done => (window.pick = done)); }");
        await Press(ann, "Share your screen").ClickAsync();
        await Press(bob, "Hang up").ClickAsync();
        await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
        await ann.EvaluateAsync("pick()");
        await ann.WaitForFunctionAsync("() => opened.every(({ tracks }) => tracks.length > 0) && live() === 0");
    }

    [Theory]
    [InlineData("NotAllowedError", "")] // nobody chose one
    [InlineData("NotReadableError", "Your screen can’t be used.")]
    [InlineData("InvalidStateError", "Your screen can’t be used.")]
    public async Task A_screen_that_can_not_be_captured_is_told(string name, string told)
    {
        var (ann, bob) = await MeetAsync(more: Counted, moreOfBob: "");
        await CallAsync(ann, bob);
        await ann.EvaluateAsync("name => { window.picking = Promise.reject(new DOMException('', name)); picking.catch(() => {}); }", name);
        await Press(ann, "Share your screen").ClickAsync();
        await ann.WaitForFunctionAsync("() => opened.some(({ name }) => name === 'getDisplayMedia')");
        await Expect(ann.Locator(".call .problem")).ToHaveTextAsync(told);
        await ann.EvaluateAsync("() => { window.picking = null; }");
        await Press(ann, "Share your screen").ClickAsync(); // it can be tried again
        await Expect(bob.Locator(".other-screen")).ToBeVisibleAsync();
        await Expect(ann.Locator(".call .problem")).ToBeEmptyAsync();
    }

    private static Task<int> CountAsync(IPage page) => page.EvaluateAsync<int>("opened.length");

    private static Task<string> ChooseLastAsync(ILocator select) => select.EvaluateAsync<string>("""
        select => {
          select.value = select.options[select.options.length - 1].value;
          select.dispatchEvent(new Event('change'));
          return select.value;
        }
        """);
}
