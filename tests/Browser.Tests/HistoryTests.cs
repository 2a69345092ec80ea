namespace Malten.Browser.Tests;

/// <summary>Older messages load without holes or repeats, and the view stays put.</summary>
public sealed class HistoryTests(Chromium chromium) : PageTest(chromium)
{
    private static readonly string[] Hundred = [.. Enumerable.Range(0, 100).Select(i => $"message {i}")];

    [Fact]
    public async Task The_newest_25_come_first_and_older_ones_on_scrolling_up()
    {
        await Node.PostManyAsync("past", 0, 100);
        var page = await OpenAsync("#past");
        await Expect(Texts(page)).ToHaveTextAsync(Hundred[75..]);
        Assert.Single(Node.Received, request => request.StartsWith("GET /messages?", StringComparison.Ordinal));
        for (var from = 50; from >= 0; from -= 25)
        {
            await page.Locator("#scroller").EvaluateAsync("scroller => scroller.scrollTop = 0");
            await Expect(Texts(page)).ToHaveTextAsync(Hundred[from..]);
        }

        await page.Locator("#scroller").EvaluateAsync("scroller => scroller.scrollTop = 0");
        await Expect(page.Locator("#start")).ToContainTextAsync("This is where it begins");
    }

    [Fact]
    public async Task A_page_that_stays_scrolled_up_does_not_grow_for_ever()
    {
        await Node.PostManyAsync("long", 0, 25);
        var page = await OpenAsync("#long");
        await Expect(Texts(page)).ToHaveCountAsync(25);
        var shown = await page.EvaluateAsync<int>("""
            async () => {
              const { Timeline } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'timeline.js'));
              const [scroller, log] = [document.querySelector('#scroller'), document.querySelector('#log')];
              const timeline = new Timeline(scroller, log, () => {});
              scroller.scrollTop = 0;
              await new Promise(done => scroller.addEventListener('scroll', done, { once: true }));
              const entry = order => ({ order, id: `${order}`, element: document.createElement('p') });
              timeline.add(Array.from({ length: 4000 }, (_, index) => entry(index + 1)));
              for (let order = 4001; order <= 4200; order++) timeline.add([entry(order)]); // each has the page laid out anew
              return timeline.following ? -1 : timeline.size;
            }
            """);
        Assert.Equal(4096, shown);
    }

    [Fact]
    public async Task A_stream_opened_empty_promises_nothing_above_its_first_messages()
    {
        var page = await OpenAsync("#fresh");
        await ListensAsync(page);
        await Expect(page.Locator("#start")).ToContainTextAsync("Nothing here yet");
        await Node.PostAsync("fresh", "from somebody else");
        await Expect(Texts(page)).ToHaveTextAsync(["from somebody else"]);
        await Expect(page.Locator("#start")).ToContainTextAsync("This is where it begins");
        await SayAsync(page, "from here");
        await Node.PostManyAsync("fresh", 0, 40);
        await Expect(Texts(page)).ToHaveTextAsync(["from somebody else", "from here", .. Hundred[..40]]);
        await page.Locator("#scroller").EvaluateAsync("scroller => scroller.scrollTop = 0");
        await Expect(page.Locator("#start")).ToContainTextAsync("This is where it begins");
        Assert.Single(Node.Received, request => request.StartsWith("GET /messages?", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_view_stays_put_when_older_ones_come_above()
    {
        await Node.PostManyAsync("still", 0, 60);
        var page = await OpenAsync("#still");
        await Expect(Texts(page)).ToHaveCountAsync(25);
        var top = await page.EvaluateAsync<double>("""
            () => {
              const scroller = document.querySelector('#scroller');
              scroller.scrollTop = 5;
              return document.querySelector('.message').getBoundingClientRect().top;
            }
            """);
        await Expect(Texts(page)).ToHaveCountAsync(50);
        var now = await page.Locator(".message", new() { HasText = "message 35" }).EvaluateAsync<double>("one => one.getBoundingClientRect().top");
        Assert.InRange(now - top, -1.5, 1.5);
    }

    [Fact]
    public async Task The_view_stays_put_when_new_ones_come_below_unless_it_is_at_the_end()
    {
        await Node.PostManyAsync("below", 0, 25);
        var page = await OpenAsync("#below");
        await ListensAsync(page);
        await page.Locator("#scroller").EvaluateAsync("scroller => { scroller.scrollTop = 400; }");
        await Expect(page.Locator("#newer")).ToBeVisibleAsync();
        var before = await page.Locator("#scroller").EvaluateAsync<double>("scroller => scroller.scrollTop");
        await Node.PostAsync("below", "one more");
        await Node.PostAsync("below", "and another");
        await Expect(Texts(page).Last).ToHaveTextAsync("and another");
        Assert.Equal(before, await page.Locator("#scroller").EvaluateAsync<double>("scroller => scroller.scrollTop"));
        await Expect(page.Locator("#newer")).ToHaveTextAsync("2 new");
        Assert.Equal("(2) below – Malten", await page.TitleAsync());
        await page.ClickAsync("#newer");
        await Expect(page.Locator("#newer")).ToBeHiddenAsync();
        await Expect(page).ToHaveTitleAsync("below – Malten");
        await Node.PostAsync("below", "seen at once");
        await Expect(Texts(page).Last).ToBeInViewportAsync();
        await Expect(Texts(page).Last).ToHaveTextAsync("seen at once");
    }

    [Fact]
    public async Task What_comes_while_one_looks_elsewhere_is_counted_in_the_title()
    {
        var page = await OpenAsync("#away");
        await ListensAsync(page);
        await SetHiddenAsync(page, true);
        await Node.PostAsync("away", "one");
        await Node.PostAsync("away", "two");
        await Expect(page).ToHaveTitleAsync("(2) away – Malten");
        await SetHiddenAsync(page, false);
        await Expect(page).ToHaveTitleAsync("away – Malten");
    }

    [Fact]
    public async Task A_high_window_is_filled()
    {
        await Node.PostManyAsync("high", 0, 60);
        var page = await OpenAsync("#high", new() { ViewportSize = new() { Width = 1200, Height = 3200 } });
        await Expect(Texts(page)).ToHaveTextAsync(Hundred[..60]);
    }

    [Fact]
    public async Task A_thousand_messages_scroll_smoothly()
    {
        for (var i = 0; i < 1024; i++) await Node.StoreAsync("long", $"message {i}");
        var page = await OpenAsync("#long");
        await page.EvaluateAsync("""
            () => new Promise(resolve => {
              const [scroller, log] = [document.querySelector('#scroller'), document.querySelector('#log')];
              const pull = () => {
                scroller.scrollTop = 0;
                log.childElementCount < 1024 ? setTimeout(pull, 5) : resolve();
              };
              pull();
            })
            """);
        var texts = await Texts(page).AllInnerTextsAsync();
        Assert.Equal(Enumerable.Range(0, 1024).Select(i => $"message {i}"), texts);
        // Measures main-thread work for each step, and takes one of the least: what is more depends on the load of the machine.
        var cost = await page.EvaluateAsync<double[]>("""
            async () => {
              const scroller = document.querySelector('#scroller');
              const costs = [];
              for (let i = 0; i < 60; i++) {
                await new Promise(requestAnimationFrame);
                const start = performance.now();
                scroller.scrollTop += 250;
                scroller.getBoundingClientRect();
                document.querySelector('.message:last-child').offsetTop;
                costs.push(performance.now() - start);
              }
              return costs.sort((a, b) => a - b);
            }
            """);
        Assert.InRange(cost[6], 0, 8);
        var adding = await page.EvaluateAsync<double[]>("""
            async () => {
              const log = document.querySelector('#log');
              const costs = [];
              for (let i = 0; i < 21; i++) {
                await new Promise(requestAnimationFrame);
                const start = performance.now();
                const copy = log.lastElementChild.cloneNode(true);
                log.append(copy);
                log.getBoundingClientRect();
                copy.remove();
                log.getBoundingClientRect();
                costs.push(performance.now() - start);
              }
              return costs.sort((a, b) => a - b);
            }
            """);
        Assert.InRange(adding[2], 0, 50);
    }

    internal static Task SetHiddenAsync(IPage page, bool hidden) => page.EvaluateAsync("""
        hidden => {
          Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
          document.dispatchEvent(new Event('visibilitychange'));
        }
        """, hidden);
}
