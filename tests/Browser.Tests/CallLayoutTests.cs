namespace Malten.Browser.Tests;

/// <summary>Calls fit from phone to desktop, in both themes, and axe-core passes them.</summary>
public sealed class CallLayoutTests(CallChromium chromium) : CallTest(chromium)
{
    // The folder for screenshots; none are kept when it is not set.
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("MALTEN_SCREENSHOTS");

    [Theory]
    [InlineData(360, 740, ColorScheme.Light)]
    [InlineData(360, 740, ColorScheme.Dark)]
    [InlineData(768, 1024, ColorScheme.Light)]
    [InlineData(768, 1024, ColorScheme.Dark)]
    [InlineData(1440, 900, ColorScheme.Light)]
    [InlineData(1440, 900, ColorScheme.Dark)]
    public async Task Nothing_sticks_out_and_axe_finds_nothing(int width, int height, ColorScheme scheme)
    {
        var (ann, bob) = await MeetAsync(named: true, options: new()
        {
            BypassCSP = true, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = width, Height = height },
        });
        await SayAsync(ann, "Shall we talk?");
        await SayAsync(bob, "Ring me.");
        await RingAsync(ann, bob);
        await LookAsync(ann, "ringing", width, scheme);
        await LookAsync(bob, "rung", width, scheme);
        await Press(bob, "Choices").ClickAsync();
        await LookAsync(bob, "rung-choices", width, scheme);
        await Press(bob, "Choices").ClickAsync();
        await Press(bob, "Accept").ClickAsync();
        await InCallAsync(ann);
        await InCallAsync(bob);
        await HearsAsync(ann);
        await Expect(ann.Locator(".call .bars[data-level='3']")).ToBeVisibleAsync();
        await LookAsync(ann, "voice", width, scheme);
        foreach (var page in (IPage[])[ann, bob]) await Press(page, "Camera").ClickAsync();
        await SeesAsync(ann);
        await LookAsync(ann, "cameras", width, scheme);
        await Press(bob, "Share your screen").ClickAsync();
        await SeesAsync(ann, 2);
        await Expect(ann.Locator(".other-screen")).ToBeVisibleAsync();
        await LookAsync(ann, "screen", width, scheme);
        await Press(ann, "Choices").ClickAsync();
        await Expect(ann.Locator("#call-choices select").First).ToBeVisibleAsync();
        await LookAsync(ann, "choices", width, scheme);
        await Press(ann, "Choices").ClickAsync();
        await Press(ann, "Enlarge").ClickAsync();
        await LookAsync(ann, "large", width, scheme);
        await ann.Keyboard.PressAsync("Escape");
        await Press(ann, "Hang up").ClickAsync();
        await Expect(ann.Locator(".call")).ToHaveCountAsync(0);
        await LookAsync(ann, "after", width, scheme);
    }

    [Theory]
    [InlineData(360, 740, ColorScheme.Light)]
    [InlineData(360, 640, ColorScheme.Dark)]
    [InlineData(768, 1024, ColorScheme.Dark)]
    [InlineData(1440, 800, ColorScheme.Light)]
    public async Task Files_beside_a_call_cover_nothing_of_it_and_axe_finds_nothing(int width, int height, ColorScheme scheme)
    {
        var (ann, bob) = await MeetAsync(more: FileCards.NoPicker, options: new()
        {
            BypassCSP = true, ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce, ViewportSize = new() { Width = width, Height = height },
        });
        await CallAsync(ann, bob, withCamera: true);
        await SeesAsync(ann);
        var files = (string[])[Folder.WriteZeros("one.bin", 4_000_000_000), Folder.Write("two.bin", 20), Folder.Write("three.bin", 30)];
        await ann.SetInputFilesAsync("#file-input", files);
        await bob.SaveAsync("one.bin");
        await bob.ChooseAsync("Pause", "one.bin");
        await Expect(ann.State("one.bin")).ToContainTextAsync("Paused by the other side at");
        foreach (var page in (IPage[])[ann, bob])
        {
            await Expect(page.Card("three.bin")).ToBeVisibleAsync();
            await page.WaitForFunctionAsync("""
                () => [...document.querySelectorAll('.call .controls button:not([hidden])')].every(one => {
                  const { left, top, width, height } = one.getBoundingClientRect();
                  return one.contains(document.elementFromPoint(left + width / 2, top + height - 2));
                })
                """);
            await page.GetByRole(AriaRole.Checkbox, new() { Name = "Hide my address", Exact = true }).ClickAsync(new() { Trial = true });
            await page.Card("one.bin").ScrollIntoViewIfNeededAsync();
            await LookAsync(page, page == ann ? "files-sender" : "files-receiver", width, scheme);
        }
    }

    private static async Task LookAsync(IPage page, string view, int width, ColorScheme scheme)
    {
        var wide = await page.EvaluateAsync<string[]>("""
            () => [document.documentElement, document.body, ...document.querySelectorAll('#scroller, .composer, .top, .call, .call .controls > *')]
              .filter(one => one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > innerWidth + 1)
              .map(one => one.tagName + '.' + one.className)
            """);
        Assert.Empty(wide);
        if (Pictures is not null)
            await page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, $"call-{view}-{width}-{scheme}.png".ToLowerInvariant()) });
        await AccessibilityTests.CheckAsync(page, view);
    }
}
