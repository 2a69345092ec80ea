namespace Malten.Browser.Tests;

/// <summary>What comes to the streams of a tab that are not on the screen is counted, and told to those who want it.</summary>
public sealed class ElsewhereTests(Chromium chromium) : TraceTest(chromium)
{
    private const string Watched = """
        window.notes = [];
        window.tones = 0;
        window.Notification = class {
          static permission = 'default';
          static async requestPermission() { return this.permission = 'granted'; }
          constructor(title, { body }) { window.notes.push(`${title}: ${body}`); }
        };
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...all) { window.tones++; return start.apply(this, all); };
        window.hide = isSo => {
          Object.defineProperty(document, 'hidden', { value: isSo, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        };
        """;

    [Fact]
    public async Task New_messages_are_counted_beside_each_stream_and_one_connection_hears_them_all()
    {
        var page = await OpenAsync("#one", name: "ann");
        await ListensAsync(page);
        await SayAsync(page, "mine");
        foreach (var stream in (string[])["two", "three"]) await GoAsync(page, $"#{stream}");
        var link = await EncryptedStreamTests.BeginAsync(page, "four");
        await SayAsync(page, "mine too");
        await GoAsync(page, "#three");
        await UntilAsync(() => Node.Listening == 2, "two connections: for what is on the screen, and for the rest");
        var rest = Node.Received.Last(request =>
            request.StartsWith("GET /events", StringComparison.Ordinal) && request.Contains("stream=one", StringComparison.Ordinal));
        Assert.Contains("stream=two", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("user=", rest.Split('\n')[0], StringComparison.Ordinal); // no name goes into streams that are encrypted

        await Node.PostAsync("one", "first", "bob");
        await Node.PostAsync("one", "second", "bob");
        var bob = await OpenAsync(link);
        await SayAsync(bob, "sealed");
        await ExpectNewAsync(page, "one", 2);
        await ExpectNewAsync(page, "four", 1);
        await ExpectNewAsync(page, "two", 0);
        await page.Locator("#visited a", new() { HasText = "one" }).ClickAsync();
        await Expect(Texts(page)).ToHaveTextAsync(["mine", "first", "second"]);
        await ExpectNewAsync(page, "one", 0);
        await page.Locator("#visited a", new() { HasText = "four" }).ClickAsync();
        await Expect(Texts(page)).ToHaveTextAsync(["mine too", "sealed"]);
        await Expect(page.Locator(".note")).ToHaveCountAsync(0);
        await Expect(page.Locator("#visited .badge")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Nothing_is_lost_or_counted_twice_while_the_network_is_away()
    {
        var page = await OpenAsync("#left");
        await ListensAsync(page);
        await GoAsync(page, "#open");
        await UntilAsync(() => Node.Listening == 2, "two connections");
        await Node.PostAsync("left", "before");
        await ExpectNewAsync(page, "left", 1);
        Node.CutEvents();
        await Node.StoreAsync("left", "meanwhile");
        await ExpectNewAsync(page, "left", 2);
    }

    [Fact]
    public async Task An_author_who_looks_at_another_stream_still_hands_over_and_comes_back_to_everything()
    {
        var ann = await OpenAsync("");
        var link = await BeginAsync(ann, "no trace");
        await SayAsync(ann, "from ann");
        await GoAsync(ann, "#elsewhere");
        await UntilAsync(() => Node.Listening == 2, "two connections");
        var bob = await OpenAsync(link);
        await Expect(Texts(bob)).ToHaveTextAsync(["from ann"]);
        await SayAsync(bob, "from bob");
        await ExpectNewAsync(ann, "no trace", 1);
        await ann.Locator("#visited a.trace").ClickAsync();
        await Expect(Texts(ann)).ToHaveTextAsync(["from ann", "from bob"]);
        await SayAsync(ann, "back again");
        await Expect(Texts(bob)).ToHaveTextAsync(["from ann", "from bob", "back again"]);
        await ExpectNoFindingsAsync(bob);
        await ann.CloseAsync();
        await Expect(Texts(bob)).ToHaveTextAsync(["from bob"]);
    }

    [Fact]
    public async Task Whoever_wants_it_hears_of_news_while_the_tab_is_hidden_and_nothing_is_given_away()
    {
        var page = await OpenAsync("#garden", script: Watched);
        await ListensAsync(page);
        var link = await EncryptedStreamTests.BeginAsync(page, "family matters");
        await page.EvaluateAsync("hide(true)");
        await Node.PostAsync("garden", "unheard");
        await ExpectNewAsync(page, "garden", 1);
        Assert.Equal(0, await page.EvaluateAsync<int>("window.tones"));

        await page.EvaluateAsync("hide(false)");
        await page.ClickAsync("#alerts");
        await Expect(page.Locator("#alerts")).ToHaveAttributeAsync("aria-pressed", "true");
        await Node.PostAsync("garden", "seen at once");
        await ExpectNewAsync(page, "garden", 2);
        Assert.Empty(await page.EvaluateAsync<string[]>("window.notes"));

        await page.EvaluateAsync("hide(true)");
        var bob = await OpenAsync(link, name: "Bob Secretive");
        await SayAsync(bob, "supper at eight");
        await Expect(Texts(page)).ToHaveTextAsync(["supper at eight"]);
        Assert.Equal(["Malten: New encrypted message"], await page.EvaluateAsync<string[]>("window.notes"));
        await page.EvaluateAsync("Date.now = (real => () => real() + 4000)(Date.now)"); // a flood makes one tone each few seconds
        await Node.PostAsync("garden", "the roses", "ann");
        await ExpectNewAsync(page, "garden", 3);
        Assert.Equal(["Malten: New encrypted message", "Malten: New message in garden"], await page.EvaluateAsync<string[]>("window.notes"));
        Assert.Equal(2, await page.EvaluateAsync<int>("window.tones"));

        await page.EvaluateAsync("hide(false)");
        await page.ClickAsync("#alerts");
        await Expect(page.Locator("#alerts")).ToHaveAttributeAsync("aria-pressed", "false");
        await page.EvaluateAsync("hide(true)");
        await Node.PostAsync("garden", "unheard again");
        await ExpectNewAsync(page, "garden", 4);
        Assert.Equal(2, await page.EvaluateAsync<int>("window.tones"));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_stream_that_refuses_costs_the_others_nothing(int status)
    {
        var page = await OpenAsync("#refusing");
        await ListensAsync(page);
        foreach (var stream in (string[])["two", "three"]) await GoAsync(page, $"#{stream}");
        await UntilAsync(() => Node.Listening == 2, "two connections");
        Node.Instead = context =>
        {
            var refuses = context.Request.Path.Value is "/events" or "/presence" && context.Request.Query["stream"].Contains("refusing");
            if (refuses) context.Response.StatusCode = status;
            return refuses;
        };
        Node.CutEvents();
        await UntilAsync(() => !LastOfRest().Contains("refusing", StringComparison.Ordinal), "a connection without it");
        await Node.PostAsync("two", "still heard");
        await ExpectNewAsync(page, "two", 1);
        await GoAsync(page, "#four"); // another stream more to hear: the one that refuses is not asked for again
        await Node.PostAsync("three", "heard too");
        await ExpectNewAsync(page, "three", 1);
        Node.Instead = null;
        await page.Locator("#visited a", new() { HasText = "refusing" }).ClickAsync();
        await ListensAsync(page);
        await GoAsync(page, "#five"); // it has been on the screen, and refused nothing
        await UntilAsync(() => LastOfRest().Contains("stream=refusing", StringComparison.Ordinal), "all of them on one connection");

        string LastOfRest() => Node.Received.Select(request => request.Split('\n')[0])
            .Last(line => line.StartsWith("GET /events", StringComparison.Ordinal) && line.Contains("stream=two", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_moment_in_which_everything_is_refused_drops_no_stream()
    {
        var (page, rooms) = await OpenManyAsync();
        var refused = 0;
        Node.Instead = context => // as a proxy answers that has no server for a moment
        {
            context.Response.StatusCode = 404;
            if (context.Request.Path == "/presence") Interlocked.Increment(ref refused);
            return true;
        };
        Node.CutEvents();
        await UntilAsync(() => refused >= 6, "all that the page asks on two connections, more than once");
        Node.Instead = null;
        await ExpectHeardAsync(page, rooms);
    }

    [Fact]
    public async Task A_moment_that_ends_while_stream_after_stream_is_asked_drops_none()
    {
        var (page, rooms) = await OpenManyAsync();
        var isOver = false;
        Node.Instead = context =>
        {
            if (isOver) return false;
            context.Response.StatusCode = 404;
            isOver = context.Request.Path == "/presence" && context.Request.Query["stream"] != "other"; // the first of the rest
            return true;
        };
        Node.CutEvents();
        await UntilAsync(() => isOver, "a question about the rest");
        await ExpectHeardAsync(page, rooms);
    }

    [Fact]
    public async Task A_stream_that_leaves_no_trace_and_refuses_for_a_moment_is_heard_again_soon()
    {
        var (page, rooms) = await OpenManyAsync();
        var refuses = true;
        Node.Instead = context =>
        {
            var isRefused = context.Request.Path.Value is "/events" or "/presence"
                && refuses && context.Request.Query["stream"].Contains(rooms[0].Stream.Stream);
            if (isRefused) context.Response.StatusCode = 404;
            return isRefused;
        };
        Node.CutEvents();
        await UntilAsync(() => Rest()?.Contains(rooms[0].Stream.Stream, StringComparison.Ordinal) is false, "a connection without it");
        refuses = false;
        await ExpectHeardAsync(page, rooms);
    }

    [Fact]
    public async Task A_connection_that_is_lost_by_the_time_it_is_told_of_is_not_taken_for_open()
    {
        var page = await OpenAsync("#open");
        await ListensAsync(page);
        var told = await page.EvaluateAsync<string[]>("""
            async () => {
              const { Elsewhere } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'elsewhere.js'));
              const [sources, told] = [[], []];
              const { fetch } = window;
              window.fetch = async (url, how) => (String(url).includes('/events?')
                ? new Response(new ReadableStream({ start: source => sources.push(source) }), { headers: { 'content-type': 'text/event-stream' } })
                : fetch(url, how));
              const connected = async count => {
                while (sources.length < count) await new Promise(resolve => setTimeout(resolve, 5));
              };
              const say = payload => sources.at(-1).enqueue(new TextEncoder().encode(
                `retry: 1\ndata: ${JSON.stringify({ Type: 'event', Created: 1024, Payload: { Stream: 'one', ...payload } })}\n\n`));
              let goOn;
              const busy = new Promise(resolve => goOn = resolve);
              const hear = async (name, { Session: session }) => (name === 'open' ? told.push(session) : busy);
              new Elsewhere(() => {}).hear([{ stream: 'one', cursor: 1024, hear, hangUp: () => told.push('lost') }]);
              await connected(1);
              say({ Name: 'left' });
              say({ Name: 'open', Session: 'dead' });
              await new Promise(resolve => setTimeout(resolve, 50));
              sources[0].close();
              await connected(2);
              say({ Name: 'open', Session: 'alive' });
              await new Promise(resolve => setTimeout(resolve, 50));
              goOn();
              await new Promise(resolve => setTimeout(resolve, 100));
              return told;
            }
            """);
        Assert.Equal(["lost", "alive"], told);
    }

    /// <summary>A page that has opened two streams that leave no trace and a plain one, and looks at another.</summary>
    private async Task<(IPage Page, Reference.TraceRoom[] Rooms)> OpenManyAsync()
    {
        var rooms = new[] { await BeginRoomAsync(), await BeginRoomAsync() };
        var page = await OpenAsync("#plain");
        await ListensAsync(page);
        for (var i = 0; i < rooms.Length; i++)
        {
            await page.EvaluateAsync("fragment => { location.hash = fragment; }", rooms[i].Link.Replace("/any/", $"/room-{i}/", StringComparison.Ordinal));
            await Expect(page.Locator("#title-text")).ToHaveTextAsync($"room-{i}");
            await ListensAsync(page);
        }

        await GoAsync(page, "#other");
        await UntilAsync(() => Rest()?.Contains("stream=plain", StringComparison.Ordinal) is true && Node.Listening == 2, "a connection for the rest");
        return (page, [.. rooms.Select(room => room.Room)]);
    }

    /// <summary>The last request for the streams that are not on the screen.</summary>
    private string? Rest() => Node.Received.LastOrDefault(request =>
        request.StartsWith("GET /events", StringComparison.Ordinal) && request.Split('\n')[0].Split("stream=").Length > 2)?.Split('\n')[0];

    private async Task ExpectHeardAsync(IPage page, Reference.TraceRoom[] rooms)
    {
        await UntilAsync(() => rooms.All(room => Rest()!.Contains(room.Stream.Stream, StringComparison.Ordinal)) && Node.Listening == 2,
            "all on one connection");
        await Node.PostAsync("plain", "heard");
        await ExpectNewAsync(page, "plain", 1);
        for (var i = 0; i < rooms.Length; i++)
        {
            await using var peer = await TracePeer.ComeAsync(Node, rooms[i], "peer");
            await peer.SayAsync("heard too");
            await ExpectNewAsync(page, $"room-{i}", 1);
        }
    }
}
