using System.Globalization;
using System.Security.Cryptography;
using Malten.Browser.Tests.Reference;
using Malten.Testing;

namespace Malten.Browser.Tests.Hosting;

/// <summary>A test of streams that leave no trace.</summary>
public abstract class TraceTest(Chromium chromium) : PageTest(chromium)
{
    /// <summary>Begins such a stream as a person does, and gives the fragment of its link.</summary>
    protected static async Task<string> BeginAsync(IPage page, string label)
    {
        await page.ClickAsync("[data-does=trace]");
        await page.FillAsync("#create-name", label);
        await page.ClickAsync("#create-submit");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-kind", "trace");
        await ListensAsync(page);
        return new Uri(page.Url).Fragment;
    }

    /// <summary>Begins such a stream, of which the server holds as many messages as it should not, and gives the fragment of its link.</summary>
    protected async Task<(TraceRoom Room, string Link)> BeginRoomAsync(int keep = 0)
    {
        var room = new TraceRoom(RandomNumberGenerator.GetBytes(32));
        await Node.BeginAsync(room.Stream.Stream, isPrivate: true, keep: keep);
        return (room, $"#/t/any/{room.Stream.Key}");
    }

    /// <summary>Opens a page whose clock the test can turn.</summary>
    protected async Task<IPage> OpenWithClockAsync(string fragment)
    {
        var page = await OpenBlankAsync();
        await InstallClockAsync(page);
        await page.GotoAsync($"{Node.Address}/{fragment}");
        return page;
    }

    /// <summary>Has a node whose clock the test moves take the place of the test's node, so that streams end when the test says so.</summary>
    protected async Task<FakeTime> UseNodeWithClockAsync()
    {
        var time = new FakeTime(DateTimeOffset.UtcNow);
        await Node.DisposeAsync();
        Node = await TestNode.StartAsync(time);
        return time;
    }

    /// <inheritdoc cref="RunUntilAsync(IPage, Func{Task{bool}}, string, int, int)"/>
    protected static Task RunUntilAsync(IPage page, Func<bool> isSo, string what, int most = 2000, int step = 20) =>
        RunUntilAsync(page, () => Task.FromResult(isSo()), what, most, step);

    /// <summary>
    /// Lets so many milliseconds pass at most by a page's clock that stands still, in steps, each after the network had time to
    /// bring what is on its way: more time, the longer that takes.
    /// </summary>
    protected static async Task RunUntilAsync(IPage page, Func<Task<bool>> isSo, string what, int most = 2000, int step = 20)
    {
        for (var passed = 0; !await isSo(); passed += step)
        {
            Assert.True(passed < most, $"{what} did not come within {most} ms of the page's time.");
            await page.Clock.RunForAsync(step);
            await Task.Delay(passed < most / 2 ? 50 : 1000);
        }
    }

    /// <summary>Looks at another stream, and waits until it is heard.</summary>
    protected static async Task GoAsync(IPage page, string fragment)
    {
        await page.EvaluateAsync("fragment => { location.hash = fragment; }", fragment);
        await Expect(page.Locator("#title-text")).ToHaveTextAsync(fragment[1..]);
        await ListensAsync(page);
    }

    /// <summary>Waits until so many messages are counted beside a stream of the tab.</summary>
    protected static Task ExpectNewAsync(IPage page, string title, int count)
    {
        var badge = page.Locator("#visited a").Filter(new() { Has = page.Locator(".title", new() { HasTextString = title }) }).Locator(".badge");
        return count == 0 ? Expect(badge).ToHaveCountAsync(0) : Expect(badge).ToHaveTextAsync(string.Create(CultureInfo.InvariantCulture, $"{count} new"));
    }

    protected static TraceRoom RoomOf(string fragment) => TraceRoom.FromLink(fragment);

    /// <summary>Nothing is said against any message, and nothing between them but a number of lines.</summary>
    protected static async Task ExpectNoFindingsAsync(IPage page, int lines = 0)
    {
        await Expect(page.Locator(".note, .badge.warn, .broken")).ToHaveCountAsync(0);
        await Expect(page.Locator(".line")).ToHaveCountAsync(lines);
        await Expect(page.Locator("#status")).ToBeEmptyAsync();
    }
}
