namespace Malten.Browser.Tests;

/// <summary>A part of the page that can't be loaded is told in words for people, and takes nothing else away.</summary>
public sealed class PartTests(Chromium chromium) : PageTest(chromium)
{
    private const string Lost = "A part of this page could not be loaded. Check your connection, then reload the page.";

    [Fact]
    public async Task An_invitation_that_can_not_be_opened_says_so()
    {
        var page = await OpenWithoutAsync("pipe.js");
        await page.EvaluateAsync("fragment => { location.hash = fragment; }", await InvitationAsync());
        await Expect(page.Locator("#start .card")).ToHaveTextAsync(Lost);
    }

    [Fact]
    public async Task An_invitation_that_can_not_be_opened_takes_no_other_stream_away()
    {
        var invitation = await InvitationAsync();
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        var page = await OpenAsync("#plain");
        await ListensAsync(page);
        await page.RouteAsync("**/pipe.js", async route =>
        {
            asked.TrySetResult();
            await answer.Task;
            await route.AbortAsync();
        });
        await page.EvaluateAsync("fragment => { location.hash = fragment; }", invitation);
        await asked.Task;
        await page.EvaluateAsync("location.hash = '#other'");
        await ListensAsync(page);
        await SayAsync(page, "here");
        var failed = new TaskCompletionSource();
        page.RequestFailed += (_, request) => _ = request.Url.EndsWith("/pipe.js", StringComparison.Ordinal) && failed.TrySetResult();
        answer.SetResult();
        await failed.Task;
        await SayAsync(page, "and still here");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("other");
        await Expect(Texts(page)).ToHaveTextAsync(["here", "and still here"]);
    }

    [Theory]
    [InlineData("share.js", "#share-button")]
    [InlineData("create.js", "[data-does=encrypt]")]
    [InlineData("alerts.js", "#alerts")]
    public async Task What_needs_it_says_so(string module, string button)
    {
        var page = await OpenWithoutAsync(module);
        await page.ClickAsync(button);
        await Expect(page.Locator("#status")).ToHaveTextAsync(Lost);
    }

    private async Task<IPage> OpenWithoutAsync(string module)
    {
        var page = await OpenAsync("#plain");
        await ListensAsync(page);
        await page.RouteAsync($"**/{module}", route => route.AbortAsync());
        return page;
    }

    private async Task<string> InvitationAsync() => await PipeTests.InviteAsync(await OpenAsync(""));
}
