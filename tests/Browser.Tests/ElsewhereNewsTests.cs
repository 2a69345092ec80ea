using System.Globalization;
using System.Security.Cryptography;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>How people are told of what comes to, ends in and goes from the streams of their tab that are not on the screen.</summary>
public sealed class ElsewhereNewsTests(Chromium chromium) : TraceTest(chromium)
{
    private const string Watched = """
        window.notes = [];
        window.audio = 0;
        window.Notification = class {
          static permission = 'default';
          static requestPermission() { return new Promise(resolve => window.decide = permission => resolve(this.permission = permission)); }
          constructor(title, { body }) { window.notes.push(`${title}: ${body}`); }
        };
        window.AudioContext = class extends AudioContext {
          constructor() {
            super();
            window.audio++;
          }
          close() {
            window.audio--;
            return super.close();
          }
        };
        window.hide = isSo => {
          Object.defineProperty(document, 'hidden', { value: isSo, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        };
        """;

    [Fact]
    public async Task In_a_low_window_the_list_runs_over_nothing()
    {
        var page = await OpenAsync("#stream-1", new() { ViewportSize = new() { Width = 360, Height = 640 } });
        for (var i = 2; i <= 8; i++) await GoAsync(page, string.Create(CultureInfo.InvariantCulture, $"#stream-{i}"));
        await page.ClickAsync("#menu");
        var boxes = await page.EvaluateAsync<float[]>("""
            () => ['#visited', '#alerts', '.creed'].flatMap(one => {
              const { top, bottom } = document.querySelector(one).getBoundingClientRect();
              return [top, bottom];
            })
            """);
        Assert.Equal(boxes.Order(), boxes);
        Assert.True(boxes[3] - boxes[2] > 12, "The button is cut off.");
    }

    [Fact]
    public async Task News_leaves_the_focus_where_it_is_and_is_told_on_the_button_that_opens_the_list()
    {
        var page = await OpenTwoAsync(new() { ViewportSize = new() { Width = 360, Height = 640 } });
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Menu: streams", Exact = true })).ToBeVisibleAsync();
        await page.ClickAsync("#menu");
        await page.FocusAsync("#visited a[href='#one']");
        await page.EvaluateAsync("window.focused = document.activeElement");
        for (var count = 1; count <= 2; count++)
        {
            await Node.PostAsync("one", "news");
            await ExpectNewAsync(page, "one", count);
            Assert.True(await page.EvaluateAsync<bool>("document.activeElement === window.focused && window.focused.isConnected"));
        }

        await Expect(page.Locator("#visited [aria-current=page]")).ToHaveTextAsync("#two");
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Menu: streams, 2 new", Exact = true })).ToBeVisibleAsync();
        await page.EmulateMediaAsync(new() { ForcedColors = ForcedColors.Active }); // where backgrounds are not drawn
        Assert.Equal("4px", await page.EvaluateAsync<string>("getComputedStyle(document.getElementById('menu'), '::after').borderTopWidth"));
        await page.ClickAsync("#menu");
        await page.PressAsync("#visited a[href='#one']", "Enter");
        await Expect(page.Locator("#visited [aria-current=page]")).ToHaveTextAsync("#one");
        await Expect(page.Locator("#visited .badge")).ToHaveCountAsync(0);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Menu: streams", Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Whoever_left_while_one_was_elsewhere_is_told_and_what_went_with_them_not_counted()
    {
        var ann = await OpenAsync("");
        var link = await BeginAsync(ann, "no trace");
        await GoAsync(ann, "#other");
        await UntilAsync(() => Node.Listening == 2, "two connections");
        await using var bob = await TracePeer.ComeAsync(Node, RoomOf(link), "Bob");
        await bob.SayAsync("one");
        await bob.SayAsync("two");
        await ExpectNewAsync(ann, "no trace", 2);
        await bob.SayFarewellAsync();
        await ExpectNewAsync(ann, "no trace", 0);
        await ann.Locator("#visited a.trace").ClickAsync();
        await Expect(ann.Locator(".line.gap")).ToHaveTextAsync("Bob left, and 2 messages with them.");
        await Expect(Texts(ann)).ToHaveCountAsync(0);
        await GoAsync(ann, "#other");
        await ann.Locator("#visited a.trace").ClickAsync();
        await Expect(ann.Locator(".card.empty")).ToBeVisibleAsync();
        await ExpectNoFindingsAsync(ann); // it is told once
    }

    [Fact]
    public async Task What_expired_while_one_was_elsewhere_is_told_and_not_counted()
    {
        var time = await UseNodeWithClockAsync();
        var room = new TraceRoom(RandomNumberGenerator.GetBytes(32));
        await Node.BeginAsync(room.Stream.Stream, isPrivate: true, keep: 0, ttl: 8);
        await Node.BeginAsync("soon", ttl: 8);
        var page = await OpenAsync($"#/t/any/{room.Stream.Key}");
        await ListensAsync(page);
        await GoAsync(page, "#soon");
        await GoAsync(page, "#other");
        await UntilAsync(() => Node.Listening == 2, "two connections");
        await using var bob = await TracePeer.ComeAsync(Node, room, "Bob");
        await bob.SayAsync("soon gone");
        await Node.PostAsync("soon", "soon gone");
        await ExpectNewAsync(page, "any", 1);
        await ExpectNewAsync(page, "soon", 1);
        time.Advance(TimeSpan.FromSeconds(9));
        await ExpectNewAsync(page, "any", 0);
        await ExpectNewAsync(page, "soon", 0);
        await Node.BeginAsync("soon", ttl: 8); // once more: that is told once
        await Node.PostAsync("soon", "soon gone, too");
        await ExpectNewAsync(page, "soon", 1);
        time.Advance(TimeSpan.FromSeconds(9));
        await ExpectNewAsync(page, "soon", 0);
        await page.Locator("#visited a.trace").ClickAsync();
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("this stream has ended");
        await page.EvaluateAsync("location.hash = '#soon'"); // who is there would be told by a clock that stands still
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("this stream expired");
        await Expect(Texts(page)).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task That_the_server_holds_what_was_written_is_told_also_to_whoever_has_gone_elsewhere()
    {
        var (room, link) = await BeginRoomAsync();
        var ann = await OpenAsync(link);
        await ListensAsync(ann);
        var (asked, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        await ann.RouteAsync("**/messages?*limit=1", async route =>
        {
            asked.TrySetResult();
            await answer.Task;
            await route.FulfillAsync(new() { Json = new[] { new { Id = Guid.NewGuid(), Text = "enc2.x", Created = 1024, Stream = room.Stream.Stream } } });
        });
        await SayAsync(ann, "held after all");
        await asked.Task;
        await GoAsync(ann, "#other");
        var answered = ann.WaitForResponseAsync("**/messages?*limit=1");
        answer.SetResult();
        await answered;
        await ann.Locator("#visited a.trace").ClickAsync();
        await Expect(ann.Locator(".line.danger").First).ToContainTextAsync("The server holds what you have just written");
    }

    [Fact]
    public async Task Alerts_are_on_while_the_browser_still_asks_and_the_button_says_what_was_denied()
    {
        var page = await OpenAsync("#one", script: Watched);
        await ListensAsync(page);
        await page.ClickAsync("#alerts");
        await Expect(page.Locator("#alerts")).ToHaveAttributeAsync("aria-pressed", "true");
        var usual = await page.GetAttributeAsync("#alerts", "title");
        await page.EvaluateAsync("decide('denied')");
        await Expect(page.Locator("#alerts")).ToHaveAttributeAsync("title", new System.Text.RegularExpressions.Regex("no notifications"));
        await page.ClickAsync("#alerts");
        await Expect(page.Locator("#alerts")).ToHaveAttributeAsync("aria-pressed", "false");
        await page.EvaluateAsync("Notification.permission = 'granted'");
        await page.ClickAsync("#alerts");
        await Expect(page.Locator("#alerts")).ToHaveAttributeAsync("aria-pressed", "true");
        Assert.Equal(usual, await page.GetAttributeAsync("#alerts", "title"));
        Assert.Equal(1, await page.EvaluateAsync<int>("window.audio"));
    }

    [Fact]
    public async Task Two_quick_presses_leave_alerts_off()
    {
        var page = await OpenAsync("#one", script: Watched);
        await ListensAsync(page);
        await page.EvaluateAsync("""
            () => new Promise(resolve => {
              const button = document.getElementById('alerts');
              let left = 2;
              new MutationObserver(changes => (left -= changes.length) || resolve()).observe(button, { attributeFilter: ['aria-pressed'] });
              for (let i = 0; i < 2; i++) button.click(); // before what they need is loaded
            })
            """);
        await Expect(page.Locator("#alerts")).ToHaveAttributeAsync("aria-pressed", "false");
        Assert.Equal(0, await page.EvaluateAsync<int>("window.audio"));
    }

    [Fact]
    public async Task What_a_muted_person_writes_elsewhere_is_neither_counted_nor_told()
    {
        await Node.PostAsync("one", "hello", user: "ann");
        var page = await OpenTwoAsync(script: Watched, before: async page =>
        {
            await page.ClickAsync("button.name");
            await page.ClickAsync("#ask-yes");
            await Expect(page.Locator("#muted-names")).ToHaveTextAsync("Muted: ann");
        });
        await page.ClickAsync("#alerts");
        await Expect(page.Locator("#alerts")).ToHaveAttributeAsync("aria-pressed", "true");
        await page.EvaluateAsync("decide('granted')");
        await page.EvaluateAsync("hide(true)");
        await Node.PostAsync("one", "unheard", user: "ann");
        await Node.PostAsync("two", "heard", user: "ann");
        await Expect(Texts(page)).ToHaveTextAsync(["heard"]);
        await page.EvaluateAsync("Date.now = (real => () => real() + 4000)(Date.now)"); // a flood makes one note each few seconds
        await Node.PostAsync("one", "heard", user: "bob");
        await ExpectNewAsync(page, "one", 1);
        Assert.Equal(["Malten: New message in two", "Malten: New message in one"], await page.EvaluateAsync<string[]>("window.notes"));
    }

    [Fact]
    public async Task Where_the_server_keeps_nothing_the_page_says_so_and_shows_what_it_has_counted()
    {
        await Node.BeginAsync("corridor", keep: 0);
        await Node.PostAsync("corridor", "before anybody came");
        var page = await OpenAsync("#corridor");
        await ListensAsync(page);
        await Expect(page.Locator("#start")).ToContainTextAsync("Nothing is kept here");
        await Node.PostAsync("corridor", "seen");
        await Expect(Texts(page)).ToHaveTextAsync(["seen"]);
        await GoAsync(page, "#other");
        // Nothing that is said before the other connection hears it would come.
        await UntilAsync(() => Node.Listening == 2 && Node.Received.Count(IsListening) == 2, "a connection for what is elsewhere");
        await using (var ann = new Malten.Client.MaltenClient(Node.Address))
            while ((await ann.GetPresenceAsync("corridor")).Observers != 1) await Task.Delay(5, TestContext.Current.CancellationToken);
        for (var i = 1; i <= 3; i++) await Node.PostAsync("corridor", string.Create(CultureInfo.InvariantCulture, $"meanwhile {i}"));
        await ExpectNewAsync(page, "corridor", 3);
        await GoAsync(page, "#corridor");
        await Node.PostAsync("corridor", "after");
        await Expect(Texts(page)).ToHaveTextAsync(["meanwhile 1", "meanwhile 2", "meanwhile 3", "after"]);
        await Expect(page.Locator("#start")).ToContainTextAsync("Nothing is kept here");
        await GoAsync(page, "#other");
        await GoAsync(page, "#corridor");
        await Expect(page.Locator("#start")).ToContainTextAsync("Nothing is kept here");
        await ExpectNoFindingsAsync(page);

        static bool IsListening(string request) =>
            request.StartsWith("GET /events", StringComparison.Ordinal) && request.Contains("stream=corridor", StringComparison.Ordinal);
    }

    /// <summary>A page that has opened the stream "one", and looks at "two".</summary>
    private async Task<IPage> OpenTwoAsync(BrowserNewContextOptions? options = null, string? script = null, Func<IPage, Task>? before = null)
    {
        var page = await OpenAsync("#one", options, script: script);
        await ListensAsync(page);
        if (before is not null) await before(page);
        await GoAsync(page, "#two");
        await UntilAsync(() => Node.Listening == 2, "two connections");
        return page;
    }
}
