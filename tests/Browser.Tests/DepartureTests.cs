using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>A text goes to the stream for which it was written, also when its turn comes after another stream was opened.</summary>
public sealed class DepartureTests(Chromium chromium) : PageTest(chromium)
{
    private const string Key = "4YlvabpMmtDP_6Y336846bYY5TjcYrbvKijeuOCDzMr4MkSJ";

    private readonly TaskCompletionSource _network = new();

    [Fact]
    public async Task What_waited_for_its_turn_goes_where_it_was_written_for_with_that_streams_key()
    {
        var page = await OpenHeldAsync();
        await SendAsync(page, "first secret");
        await SendAsync(page, "second secret");
        await GoAsync(page, "elsewhere");
        _network.SetResult();
        await SayAsync(page, "in clear");
        await Expect(Texts(page)).ToHaveTextAsync(["in clear"]);
        await page.GoBackAsync();
        await Expect(Texts(page)).ToHaveTextAsync(["first secret", "second secret"]);
        await Expect(page.Locator(".message.own.sealed")).ToHaveCountAsync(2);
        await Expect(page.Locator(".note")).ToHaveCountAsync(0);
        Assert.Single((await Node.GetAsync("messages?stream=elsewhere")).AsArray());
        Assert.All(Node.Received, request => Assert.DoesNotContain("secret", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_could_not_be_sent_waits_in_the_stream_for_which_it_was_written()
    {
        var page = await OpenHeldAsync();
        await SendAsync(page, "first secret");
        await SendAsync(page, "second secret");
        await GoAsync(page, "elsewhere");
        await page.FillAsync("#box", "meanwhile");
        _network.SetException(new IOException());
        await Expect(page.Locator("#problem")).ToContainTextAsync("A message for “label” was not sent. It is in the box there. The server can’t be reached");
        await Expect(page.Locator("#box")).ToHaveValueAsync("meanwhile");
        await page.GoBackAsync();
        await Expect(page.Locator("#box")).ToHaveValueAsync("first secret\nsecond secret");
        await GoAsync(page, "another");
        await Expect(page.Locator("#box")).ToHaveValueAsync("");
        Assert.All(Node.Received, request => Assert.DoesNotContain("secret", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_draft_waits_in_the_stream_for_which_it_was_written_behind_what_could_not_be_sent()
    {
        var page = await OpenHeldAsync();
        await SendAsync(page, "first secret");
        await SendAsync(page, "second secret");
        await page.FillAsync("#box", "a secret draft");
        await GoAsync(page, "elsewhere");
        await Expect(page.Locator("#box")).ToHaveValueAsync("");
        await page.GoBackAsync();
        await Expect(page.Locator("#box")).ToHaveValueAsync("a secret draft");
        await page.GoForwardAsync();
        await Expect(page.Locator("#box")).ToHaveValueAsync("");
        _network.SetException(new IOException());
        await Expect(page.Locator("#problem")).ToContainTextAsync("was not sent");
        await page.GoBackAsync();
        await Expect(page.Locator("#box")).ToHaveValueAsync("first secret\nsecond secret\na secret draft");
        await page.GoForwardAsync();
        await Expect(page.Locator("#box")).ToHaveValueAsync("");
        await page.GoBackAsync();
        await Expect(page.Locator("#box")).ToHaveValueAsync("first secret\nsecond secret\na secret draft");
        Assert.All(Node.Received, request => Assert.DoesNotContain("secret", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_could_not_be_sent_comes_back_in_the_order_in_which_it_was_written()
    {
        var page = await OpenHeldAsync();
        foreach (var text in (string[])["first secret", "second secret", "third secret"]) await SendAsync(page, text);
        await page.FillAsync("#box", "a secret draft");
        _network.SetException(new IOException());
        await Expect(page.Locator("#box")).ToHaveValueAsync("first secret\nsecond secret\nthird secret\na secret draft");
    }

    [Fact]
    public async Task A_draft_for_a_pipe_that_is_over_is_not_kept()
    {
        var ann = await OpenAsync("");
        var bob = await OpenAsync(await PipeTests.InviteAsync(ann));
        await PipeTests.OpenPipeAsync(bob);
        await PipeTests.CodeAsync(ann);
        await ann.FillAsync("#box", "for bob alone");
        await GoAsync(ann, "elsewhere");
        await ann.GoBackAsync();
        await Expect(ann.Locator("#box")).ToHaveValueAsync("for bob alone");
        await PipeTests.CodeAsync(bob);
        await bob.GotoAsync("about:blank");
        await Expect(ann.Locator(".line.gap")).ToContainTextAsync("has left");
        await GoAsync(ann, "elsewhere");
        await ann.GoBackAsync();
        await Expect(ann.Locator("#box")).ToBeDisabledAsync();
        await Expect(ann.Locator("#box")).ToHaveValueAsync("");
    }

    [Fact]
    public async Task What_is_sent_again_after_coming_back_is_the_same_message()
    {
        var page = await OpenAsync($"#/e/label/{Key}");
        await ListensAsync(page);
        var isLost = true;
        await page.RouteAsync("**/messages", async route =>
        {
            await (isLost ? route.FetchAsync() : Task.CompletedTask); // the server stores it, and the answer is lost
            await (isLost ? route.AbortAsync() : route.ContinueAsync());
        });
        await SendAsync(page, "only once", isTaken: false);
        await Expect(page.Locator("#problem")).ToContainTextAsync("Not sent.");
        await GoAsync(page, "elsewhere");
        await page.GoBackAsync();
        await Expect(Texts(page)).ToHaveTextAsync(["only once"]);
        isLost = false;
        await SendAsync(page, "only once");
        await SendAsync(page, "and then");
        await Expect(Texts(page)).ToHaveTextAsync(["only once", "and then"]);
        await Expect(page.Locator(".note")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_question_in_clear_is_not_asked_about_a_stream_that_was_left()
    {
        var page = await OpenHeldAsync();
        await SendAsync(page, "first secret");
        await SendAsync(page, "/malten a secret?");
        await GoAsync(page, "elsewhere");
        _network.SetResult();
        await Expect(page.Locator("#problem")).ToContainTextAsync("A message for “label” was not sent");
        await Expect(page.Locator("#ask")).ToBeHiddenAsync();
        await page.GoBackAsync();
        await Expect(page.Locator("#box")).ToHaveValueAsync("/malten a secret?");
        Assert.All(Node.Received, request => Assert.DoesNotContain("secret", request, StringComparison.Ordinal));
    }

    /// <summary>A page in an encrypted stream, whose posts wait until the network works, or fail if it does not.</summary>
    private async Task<IPage> OpenHeldAsync()
    {
        var page = await OpenAsync($"#/e/label/{Key}");
        await ListensAsync(page);
        var stream = Enc2.FromLink(new Uri(page.Url).Fragment)!.Stream;
        await page.RouteAsync("**/messages", async route =>
        {
            var isHeld = route.Request.Method == "POST" && route.Request.PostData!.Contains(stream, StringComparison.Ordinal);
            try
            {
                if (isHeld) await _network.Task;
                await route.ContinueAsync();
            }
            catch (IOException)
            {
                await route.AbortAsync();
            }
        });
        return page;
    }

    private static async Task SendAsync(IPage page, string text, bool isTaken = true)
    {
        await page.FillAsync("#box", text);
        await page.PressAsync("#box", "Enter");
        if (isTaken) await Expect(page.Locator("#box")).ToHaveValueAsync("");
    }

    private static async Task GoAsync(IPage page, string stream)
    {
        await page.EvaluateAsync("stream => { location.hash = stream; }", stream);
        await Expect(page.Locator("#title-text")).ToHaveTextAsync(stream);
        await ListensAsync(page);
    }
}
