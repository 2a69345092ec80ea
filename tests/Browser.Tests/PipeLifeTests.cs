using Malten.Testing;

namespace Malten.Browser.Tests;

/// <summary>A pipe ends when its lifetime does.</summary>
public sealed class PipeLifeTests(Chromium chromium) : PageTest(chromium)
{
    private readonly FakeTime _time = new();

    public override async ValueTask InitializeAsync() => Node = await TestNode.StartAsync(_time);

    [Fact]
    public async Task When_its_time_has_passed_both_are_told_and_nobody_can_join_or_write()
    {
        var ann = await OpenAsync("");
        var link = await PipeTests.InviteAsync(ann);
        var bob = await OpenAsync(link);
        await PipeTests.OpenPipeAsync(bob);
        await PipeTests.CodeAsync(ann);
        await PipeTests.CodeAsync(bob);
        _time.Advance(TimeSpan.FromSeconds(1025));
        foreach (var page in (IPage[])[ann, bob])
        {
            await Expect(page.Locator(".line.gap").Last).ToContainTextAsync("This pipe is over");
            await Expect(page.Locator("#box")).ToBeDisabledAsync();
        }

        var late = await OpenAsync(link);
        await PipeTests.OpenPipeAsync(late);
        await Expect(late.Locator(".line.gap")).ToContainTextAsync("This pipe is over");
        await Expect(late.Locator("#box")).ToBeDisabledAsync();
    }
}
