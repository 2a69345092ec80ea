namespace Malten.Browser.Tests;

/// <summary>
/// The picture in the README: a conversation as people see it. To retake it, run
/// <c>MALTEN_PICTURE=$PWD/docs/page.png dotnet test tests/Browser.Tests --filter PictureTests</c>.
/// </summary>
public sealed class PictureTests(Chromium chromium) : PageTest(chromium)
{
    private const int MostBytes = 150_000;

    private static readonly string? Place = Environment.GetEnvironmentVariable("MALTEN_PICTURE");

    [Fact]
    public async Task A_conversation_makes_a_small_picture()
    {
        foreach (var stream in new[] { "lunch", "incident 7", "book club" }) await Node.BeginAsync(stream);
        await Node.PostAsync("lunch", "The sun is out at last! Lunch at the river?", "bob");
        await Node.PostAsync("lunch", "I am in. I will bring bread and the good cheese.", "chen");
        var bob = await OpenAsync("#lunch", View(), name: "bob");
        var chen = await OpenAsync("#lunch", View(), name: "chen", script: PresenceTests.TypesOn);
        var ann = await OpenAsync("#incident 7", View(), name: "ann");
        await ListensAsync(ann);
        await GoAsync(ann, "book club");
        await GoAsync(ann, "lunch");
        await Expect(ann.Locator("#people-count")).ToHaveTextAsync("3");
        await SayToAsync(ann, bob, "Me too, with strawberries.");
        await SayToAsync(ann, bob, "When, and where exactly?");
        await SayToAsync(bob, ann, "Half past twelve, under the big willow.");
        await SayToAsync(ann, bob, "Has anybody got a blanket?");
        await SayToAsync(bob, ann, "A big one, enough for all of us. See you there!");
        await ListensAsync(chen);
        await chen.FillAsync("#box", "Shall I");
        await Expect(ann.Locator("#activity")).ToHaveTextAsync("chen is typing…");

        var picture = await ann.ScreenshotAsync(new() { Path = Place, Caret = ScreenshotCaret.Hide, Animations = ScreenshotAnimations.Disabled });
        Assert.InRange(picture.Length, 1, MostBytes);
    }

    private static BrowserNewContextOptions View() => new()
    {
        ViewportSize = new() { Width = 1280, Height = 800 }, ColorScheme = ColorScheme.Light, ReducedMotion = ReducedMotion.Reduce,
    };

    private static async Task GoAsync(IPage page, string stream)
    {
        await page.EvaluateAsync("stream => { location.hash = encodeURIComponent(stream); }", stream);
        await Expect(page.Locator("#title-text")).ToHaveTextAsync(stream);
        await ListensAsync(page);
    }

    /// <summary>Posts a message and waits until the other page shows it: the conversation keeps its order.</summary>
    private static async Task SayToAsync(IPage from, IPage to, string text)
    {
        await SayAsync(from, text);
        await Expect(Texts(to).Last).ToHaveTextAsync(text);
    }
}
