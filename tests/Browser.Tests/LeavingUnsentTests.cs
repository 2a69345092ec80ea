using Microsoft.AspNetCore.Http;

namespace Malten.Browser.Tests;

/// <summary>Whoever leaves a stream is asked before a draft, or what is still being sent, is lost; and what the others are told comes last.</summary>
public sealed class LeavingUnsentTests(Chromium chromium) : TraceTest(chromium)
{
    private readonly TaskCompletionSource _network = new();
    private int _held; // posts that were held back, and farewells

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_draft_is_not_lost_without_a_question(bool isOnScreen)
    {
        var page = await OpenAsync("#one");
        await ListensAsync(page);
        await GoAsync(page, "#two");
        await page.FillAsync("#box", "a long letter");
        if (!isOnScreen) await GoAsync(page, "#one");
        await page.GetByLabel("Leave two", new() { Exact = true }).ClickAsync();
        await Expect(page.Locator("#ask-text")).ToContainTextAsync("not sent is lost");
        await page.ClickAsync("#ask-no");
        if (!isOnScreen) await GoAsync(page, "#two");
        await Expect(page.Locator("#box")).ToHaveValueAsync("a long letter");
        await page.FillAsync("#box", " ");
        await page.GetByLabel("Leave two", new() { Exact = true }).ClickAsync();
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("one"); // there was nothing to lose
    }

    [Fact]
    public async Task What_waits_while_its_stream_is_left_is_not_sent_and_no_box_is_promised_that_holds_it()
    {
        var (_, link) = await BeginRoomAsync();
        var ann = await OpenAsync(link);
        await ListensAsync(ann);
        await SayAsync(ann, "first");
        await GoAsync(ann, "#plain");
        await ann.EvaluateAsync("fragment => { location.hash = fragment; }", link);
        await ListensAsync(ann);
        await ann.RouteAsync("**/messages", async route =>
        {
            var body = route.Request.PostData;
            if (body?.Contains("enc2.", StringComparison.Ordinal) is true) Interlocked.Increment(ref _held);
            if (body?.StartsWith('{') is true) await _network.Task; // the farewell is a form
            await route.ContinueAsync();
        });
        await ann.FillAsync("#box", "being sent");
        await ann.PressAsync("#box", "Enter");
        await UntilAsync(() => _held > 0, "a message that is being sent");
        await ann.FillAsync("#box", "waits");
        await ann.PressAsync("#box", "Enter");
        await ann.GetByLabel("Leave any", new() { Exact = true }).ClickAsync();
        await Expect(ann.Locator("#ask-text")).ToContainTextAsync("still being sent");
        await ann.ClickAsync("#ask-yes");
        await Expect(ann.Locator("#title-text")).ToHaveTextAsync("plain");
        _network.SetResult();
        await Expect(ann.Locator("#problem")).ToHaveTextAsync("A message for “any” was not sent. You have left it.");
        await SayAsync(ann, "on it goes"); // what was before it in the chain has had its turn
        Assert.Equal(2, _held); // what was being sent, and the farewell
    }

    [Theory]
    [InlineData(StatusCodes.Status503ServiceUnavailable)]
    [InlineData(StatusCodes.Status429TooManyRequests)]
    public async Task The_other_side_of_a_pipe_is_told_also_where_the_server_is_too_busy_at_first(int status)
    {
        var ann = await OpenAsync("#plain");
        await ListensAsync(ann);
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await PipeTests.OpenPipeAsync(bob);
        await Expect(ann.Locator("#title-text")).ToContainTextAsync("Pipe ·");
        await SayAsync(ann, "hello");
        await Expect(ann.Locator(".receipt")).ToHaveTextAsync("received"); // bob has nothing more to say
        var refused = 0;
        Node.Instead = context =>
        {
            var isBusy = context.Request.Path == "/messages" && HttpMethods.IsPost(context.Request.Method) && Interlocked.Increment(ref refused) <= 2;
            if (isBusy) context.Response.StatusCode = status;
            return isBusy;
        };
        await ann.Locator("#visited li", new() { Has = ann.Locator(".pipe") }).Locator(".leave").ClickAsync();
        await ann.ClickAsync("#ask-yes");
        await Expect(bob.Locator(".line").Last).ToContainTextAsync("The other person has left");
        Assert.Equal(3, refused);
    }

    [Fact]
    public async Task Two_clicks_before_what_it_needs_is_loaded_are_one()
    {
        var page = await OpenAsync("#one");
        await ListensAsync(page);
        await GoAsync(page, "#two");
        await ClickTwiceBeforeAnythingIsLoadedAsync(page, "Leave one");
        await Expect(page.Locator("#visited .title")).ToHaveTextAsync(["two"]);
        await page.EvaluateAsync("""
            () => import(document.querySelector('script[type=module]').src.replace('main.js', 'leaving.js'))
              .then(() => new Promise(requestAnimationFrame))
            """);
        await Expect(page.Locator("#status")).ToBeEmptyAsync();
        await Expect(page.Locator("#visited .title")).ToHaveTextAsync(["two"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_question_whose_turn_has_come_waits_until_the_one_on_the_screen_is_answered(bool leaves)
    {
        var page = await OpenAsync("#plain");
        await ListensAsync(page);
        await EncryptedStreamTests.BeginAsync(page, "secret");
        await ListensAsync(page);
        await page.RouteAsync("**/messages", async route =>
        {
            Interlocked.Increment(ref _held);
            await _network.Task;
            await route.ContinueAsync();
        });
        foreach (var text in (string[])["a", "/malten q"])
        {
            await page.FillAsync("#box", text);
            await page.PressAsync("#box", "Enter");
        }

        await UntilAsync(() => _held > 0, "a message that is being sent");
        await page.GetByLabel("Leave secret", new() { Exact = true }).ClickAsync();
        await Expect(page.Locator("#ask-title")).ToHaveTextAsync("Leave “secret”?");
        await page.RunAndWaitForRequestFinishedAsync(async () => _network.SetResult());
        for (var i = 0; i < 5; i++) await page.EvaluateAsync("() => new Promise(requestAnimationFrame)"); // it would be asked by now
        await Expect(page.Locator("#ask-title")).ToHaveTextAsync("Leave “secret”?");
        await page.EvaluateAsync("""
            () => {
              const title = document.getElementById('ask-title');
              [window.asked, window.focused] = [[], []];
              document.addEventListener('focusin', event => window.focused.push(event.target.hash ?? event.target.id));
              new MutationObserver(() => window.asked.push(title.textContent)).observe(title, { childList: true });
            }
            """);
        await page.ClickAsync(leaves ? "#ask-yes" : "#ask-no");
        if (leaves)
        {
            await Expect(page.Locator("#problem")).ToContainTextAsync("A message for “secret” was not sent.");
            await Expect(page.Locator("#title-text")).ToHaveTextAsync("plain");
            Assert.Empty(await page.EvaluateAsync<string[]>("window.asked")); // not even for a moment
            var focused = await page.EvaluateAsync<string[]>("window.focused");
            Assert.Equal(["#plain", "box"], focused[^2..]); // the link to the stream that is next, and then its box
        }
        else
        {
            await Expect(page.Locator("#ask-title")).ToHaveTextAsync("Send this question unencrypted?");
            await Expect(page.Locator("#ask")).ToBeVisibleAsync();
            await page.ClickAsync("#ask-no");
            await Expect(page.Locator("#box")).ToHaveValueAsync("/malten q");
            await Expect(page.Locator("#title-text")).ToHaveTextAsync("secret");
        }

        await Expect(page.Locator("#ask")).ToBeHiddenAsync();
        Assert.Equal(1, _held);
    }

    [Fact]
    public async Task Two_clicks_before_what_it_needs_is_loaded_are_one_question()
    {
        var page = await OpenAsync("#one");
        await ListensAsync(page);
        await GoAsync(page, "#two");
        await page.FillAsync("#box", "a draft");
        await ClickTwiceBeforeAnythingIsLoadedAsync(page, "Leave two");
        await Expect(page.Locator("#ask")).ToBeVisibleAsync();
        await page.ClickAsync("#ask-no");
        await Expect(page.Locator("#ask")).ToBeHiddenAsync();
        for (var i = 0; i < 5; i++) await page.EvaluateAsync("() => new Promise(requestAnimationFrame)");
        await Expect(page.Locator("#ask")).ToBeHiddenAsync();
        await Expect(page.Locator("#box")).ToHaveValueAsync("a draft");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_other_side_of_a_pipe_is_told_also_where_the_first_tries_are_held_on_their_way(int held)
    {
        var ann = await OpenAsync("#plain");
        await ListensAsync(ann);
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await PipeTests.OpenPipeAsync(bob);
        await Expect(ann.Locator("#title-text")).ToContainTextAsync("Pipe ·");
        await SayAsync(ann, "hello");
        await Expect(ann.Locator(".receipt")).ToHaveTextAsync("received"); // bob has nothing more to say
        await ann.RouteAsync("**/messages", async route =>
        {
            if (Interlocked.Increment(ref _held) <= held) await _network.Task;
            await route.ContinueAsync();
        });
        await InstallClockAsync(ann);
        await ann.Locator("#visited li", new() { Has = ann.Locator(".pipe") }).Locator(".leave").ClickAsync();
        await ann.ClickAsync("#ask-yes");
        for (var i = 1; i <= held; i++)
        {
            await UntilAsync(() => _held == i, "another try");
            await ann.Clock.RunForAsync(8000);
        }

        await Expect(bob.Locator(".line").Last).ToContainTextAsync("The other person has left");
        Assert.Equal(held + 1, _held);
        _network.SetResult(); // and then they come after all, which does no harm
    }

    private async Task ClickTwiceBeforeAnythingIsLoadedAsync(IPage page, string label)
    {
        await page.RouteAsync("**/leaving.js", async route =>
        {
            await _network.Task;
            await route.ContinueAsync();
        });
        for (var i = 0; i < 2; i++) await page.GetByLabel(label, new() { Exact = true }).ClickAsync();
        _network.SetResult();
    }
}
