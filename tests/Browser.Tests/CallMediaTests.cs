namespace Malten.Browser.Tests;

/// <summary>Two people in a pipe hear and see each other.</summary>
public sealed class CallMediaTests(CallChromium chromium) : CallTest(chromium)
{
    [Fact]
    public async Task One_click_rings_and_both_hear_and_see_each_other()
    {
        var (ann, bob) = await MeetAsync();
        await CallAsync(ann, bob, withCamera: true);
        await Press(ann, "Camera").ClickAsync();
        foreach (var page in (IPage[])[ann, bob])
        {
            await HearsAsync(page);
            await SeesAsync(page);
            await Expect(page.Locator(".other-video")).ToBeVisibleAsync();
            await Expect(page.Locator(".own-video")).ToBeVisibleAsync();
        }

        await Press(ann, "Float: picture in picture").ClickAsync();
        await ann.WaitForFunctionAsync("() => document.pictureInPictureElement === document.querySelector('.other-video')");
        await Press(ann, "Float: picture in picture").ClickAsync();
        await ann.WaitForFunctionAsync("() => document.pictureInPictureElement === null");
        await Press(bob, "Hang up").ClickAsync();
        foreach (var page in (IPage[])[ann, bob])
        {
            await Expect(page.Locator(".call")).ToHaveCountAsync(0);
            await Expect(page.Locator(".line").Last).ToContainTextAsync("The call has ended.");
            await Expect(page.Locator("#call-button")).ToBeEnabledAsync();
        }
    }
}
