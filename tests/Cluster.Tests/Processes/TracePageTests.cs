using Malten.Testing.Browser;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Web pages in a stream that leaves no trace, each from another of three processes, of which one is killed.</summary>
[Collection(nameof(TroubledNodes))]
public sealed class TracePageTests(TroubledNodes nodes) : IAsyncLifetime
{
    private const int Killed = 1;
    private const int Rooms = 2; // maybe one of them on the node that is killed
    private static readonly LocatorAssertionsToHaveTextOptions Patient = new() { Timeout = 60_000 };

    private readonly Chromium _chromium = new();
    private readonly HttpClient _http = new();

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Chromium.IsInstalled, "No Chromium.");
        await nodes.Cluster.StartAsync(_http);
        await _chromium.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _chromium.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task When_a_node_is_killed_the_others_talk_on_its_page_comes_back_and_gone_is_what_its_author_wrote_once_it_stays_away()
    {
        var rooms = await Task.WhenAll(Enumerable.Range(0, Rooms).Select(_ => MeetAsync()));
        var said = new List<string> { "from 0", "from 1", "from 2" };
        await AllHaveAsync(rooms, [0, 1, 2], said);

        nodes.Cluster.Nodes[Killed].Kill();
        foreach (var pages in rooms) await SayAsync(pages[0], "while it is away 0");
        var back = nodes.Cluster.StartAsync(_http); // within 20 s its page is heard again, or the others take its author for gone
        foreach (var pages in rooms) await SayAsync(pages[2], "while it is away 2");

        said.AddRange(["while it is away 0", "while it is away 2"]);
        await back;
        await AllHaveAsync(rooms, [0, 1, 2], said);
        foreach (var pages in rooms) await SayAsync(pages[Killed], "back again");
        said.Add("back again");
        await AllHaveAsync(rooms, [0, 1, 2], said);

        nodes.Cluster.Nodes[Killed].Kill();
        foreach (var pages in rooms)
            foreach (var page in (IPage[])[pages[0], pages[2]])
                await Expect(page.Locator(".line.gap").Last).ToHaveTextAsync("Someone left, and 2 messages with them.", Patient);
        await AllHaveAsync(rooms, [0, 2], [.. said.Except(["from 1", "back again"])]);
        foreach (var pages in rooms)
        {
            var newcomer = await OpenAsync(2, new Uri(pages[0].Url).Fragment);
            await HasAsync(newcomer, [.. said.Except(["from 1", "back again"])]);
        }
    }

    /// <summary>Three pages, one from each node, of whom each says something.</summary>
    private async Task<IPage[]> MeetAsync()
    {
        var first = await OpenAsync(0, "");
        await first.ClickAsync("[data-does=trace]");
        await first.ClickAsync("#create-submit");
        await Expect(first.Locator("html")).ToHaveAttributeAsync("data-kind", "trace");
        var link = new Uri(first.Url).Fragment;
        var pages = new[] { first, await OpenAsync(1, link), await OpenAsync(2, link) };
        for (var i = 0; i < pages.Length; i++) await SayAsync(pages[i], $"from {i}");
        return pages;
    }

    private async Task<IPage> OpenAsync(int node, string fragment)
    {
        var page = await (await _chromium.Browser.NewContextAsync(new() { ReducedMotion = ReducedMotion.Reduce })).NewPageAsync();
        await page.GotoAsync($"{nodes.Cluster.Nodes[node].Url}/{fragment}");
        await Expect(page.Locator("#people-count")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^[0-9]+$"), Patient); // it listens
        return page;
    }

    /// <summary>Says something; again where the stream is just moving to another node.</summary>
    private static async Task SayAsync(IPage page, string text)
    {
        await page.FillAsync("#box", text);
        var shown = page.Locator(".message .text").GetByText(text, new() { Exact = true });
        for (var attempts = 0; await shown.CountAsync() == 0; attempts++)
        {
            Assert.InRange(attempts, 0, 600);
            if (attempts % 20 == 0 && await page.InputValueAsync("#box") == text) await page.PressAsync("#box", "Enter");
            await Task.Delay(100);
        }
    }

    private static async Task AllHaveAsync(IPage[][] rooms, int[] who, List<string> texts)
    {
        foreach (var pages in rooms)
            foreach (var one in who) await HasAsync(pages[one], texts);
    }

    /// <summary>Waits until a page shows these texts, and nothing that speaks against any of them.</summary>
    private static async Task HasAsync(IPage page, List<string> texts)
    {
        var shown = page.Locator(".message .text");
        await Expect(shown).ToHaveCountAsync(texts.Count, new() { Timeout = 60_000 });
        Assert.Equal(texts.Order(), (await shown.AllTextContentsAsync()).Order());
        await Expect(page.Locator(".line.danger, .badge.warn")).ToHaveCountAsync(0);
    }
}
