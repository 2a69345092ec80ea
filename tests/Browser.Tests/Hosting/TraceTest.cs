using System.Security.Cryptography;
using Malten.Browser.Tests.Reference;

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
        await page.Clock.InstallAsync();
        await page.GotoAsync($"{Node.Address}/{fragment}");
        return page;
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
