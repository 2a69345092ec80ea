using Malten.Testing;
using Microsoft.AspNetCore.Http;

namespace Malten.Browser.Tests;

/// <summary>Nothing is lost or repeated when a machine sleeps, the network fails or the node changes.</summary>
public sealed class ReconnectTests(Chromium chromium) : PageTest(chromium)
{
    [Fact]
    public async Task Nothing_is_lost_or_doubled_while_the_network_is_away()
    {
        var page = await OpenAsync("#network");
        await ListensAsync(page);
        await Node.PostAsync("network", "before");
        await Expect(Texts(page)).ToHaveTextAsync(["before"]);
        // The connection is cut, and the server cannot be reached for a while.
        var isAway = true;
        Node.Instead = context =>
        {
            if (isAway) context.Abort();
            return isAway;
        };
        await CutAsync(page);
        await Node.StoreAsync("network", "meanwhile 1");
        await Node.StoreAsync("network", "meanwhile 2");
        await Expect(page.Locator("#status")).ToContainTextAsync("Connection lost");
        isAway = false;
        await Expect(Texts(page)).ToHaveTextAsync(["before", "meanwhile 1", "meanwhile 2"]);
        await Expect(page.Locator("#status")).ToBeEmptyAsync();
        await Expect(page.Locator(".line")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_connection_that_had_heard_nothing_yet_has_no_hole_either()
    {
        var page = await OpenAsync("#silent");
        await ListensAsync(page);
        var isAway = true;
        Node.Instead = context =>
        {
            if (isAway) context.Abort();
            return isAway;
        };
        await CutAsync(page);
        await Node.StoreAsync("silent", "the very first");
        isAway = false;
        await Expect(Texts(page)).ToHaveTextAsync(["the very first"]);
    }

    [Theory]
    [InlineData(StatusCodes.Status503ServiceUnavailable)]
    [InlineData(StatusCodes.Status429TooManyRequests)]
    [InlineData(StatusCodes.Status502BadGateway)]
    public async Task An_answer_that_is_no_stream_of_events_is_tried_again(int status)
    {
        await Node.PostAsync("giveup", "held");
        var refusals = 0;
        Node.Instead = context =>
        {
            if (context.Request.Path != "/events" || refusals >= 2) return false;
            refusals++;
            context.Response.StatusCode = status;
            return true;
        };
        var page = await OpenAsync("#giveup");
        await ListensAsync(page);
        Assert.Equal(2, refusals);
        await Node.PostAsync("giveup", "live");
        await Expect(Texts(page)).ToHaveTextAsync(["held", "live"]);
    }

    [Fact]
    public async Task A_machine_that_slept_connects_anew_from_where_it_was()
    {
        var page = await OpenAsync("#sleep");
        await ListensAsync(page);
        await Node.PostAsync("sleep", "before");
        await Expect(Texts(page)).ToHaveTextAsync(["before"]);
        var connections = Count("GET /events?");
        await page.EvaluateAsync("""
            () => {
              const real = Date.now;
              Date.now = () => real() + 10 * 60 * 1000;
              document.dispatchEvent(new Event('visibilitychange'));
            }
            """);
        await UntilAsync(() => Count("GET /events?") > connections, "another connection");
        await Node.PostAsync("sleep", "after");
        await Expect(Texts(page)).ToHaveTextAsync(["before", "after"]);
    }

    [Fact]
    public async Task A_connection_on_which_nothing_comes_is_given_up_and_a_comment_is_something()
    {
        var time = new FakeTime(DateTimeOffset.UtcNow);
        await Node.DisposeAsync();
        Node = await TestNode.StartAsync(time);
        var page = await OpenAsync("#silent", script: Tapping("() => (window.hasCome = true)") + """
            let looks = [];
            AbortSignal.timeout = () => {
              const controller = new AbortController();
              looks.push(() => controller.abort());
              return controller.signal;
            };
            window.silent = 0;
            window.look = () => {
              window.silent = window.hasCome ? 0 : window.silent + 1;
              window.hasCome = false;
              for (const one of looks.splice(0)) one();
              return window.silent;
            };
            """);
        await ListensAsync(page);
        for (var i = 0; i < 3; i++)
        {
            while (await LookAsync() < 8) continue;
            time.Advance(TimeSpan.FromSeconds(15)); // the node says something, if only a comment
            await page.WaitForFunctionAsync("() => window.hasCome");
        }

        Assert.Equal(1, Count("GET /events?"));
        await Expect(page.Locator("#status")).ToBeEmptyAsync();
        while (await LookAsync() < 9) continue;
        await Expect(page.Locator("#status")).ToContainTextAsync("Connection lost");
        await Node.StoreAsync("silent", "meanwhile");
        await LookAsync(); // and it may try again
        await Expect(Texts(page)).ToHaveTextAsync(["meanwhile"]);
        await Expect(page.Locator("#status")).ToBeEmptyAsync();

        Task<int> LookAsync() => page.EvaluateAsync<int>("look()");
    }

    [Fact]
    public async Task Another_node_in_the_same_place_is_found_and_the_gap_is_shown_as_a_line()
    {
        var port = Node.Port;
        var page = await OpenAsync("#restart");
        await ListensAsync(page);
        await SayAsync(page, "on the first node");
        await Node.DisposeAsync();
        await Expect(page.Locator("#status")).ToContainTextAsync("Connection lost");
        await page.FillAsync("#box", "into the void");
        await page.PressAsync("#box", "Enter");
        await Expect(page.Locator("#problem")).ToContainTextAsync("can’t be reached");
        Node = await TestNode.StartAsync(port: port);
        await Node.PostAsync("restart", "on the second node");
        await Expect(Texts(page)).ToHaveTextAsync(["on the first node", "on the second node"]);
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("missing here");
        var order = await page.Locator("#log > *").EvaluateAllAsync<string[]>(
            "all => all.map(one => one.classList[0])");
        Assert.Equal(["message", "line", "message"], order);
        await page.PressAsync("#box", "Enter");
        await Expect(Texts(page).Last).ToHaveTextAsync("into the void");
    }

    [Fact]
    public async Task Where_more_was_missed_than_the_server_holds_a_line_says_so()
    {
        var page = await OpenAsync("#evicted");
        await ListensAsync(page);
        await Node.PostAsync("evicted", "the old one");
        await Expect(Texts(page)).ToHaveTextAsync(["the old one"]);
        var isAway = true;
        Node.Instead = context =>
        {
            var refuse = isAway && context.Request.Path == "/events";
            if (refuse) context.Abort();
            return refuse;
        };
        await CutAsync(page);
        for (var i = 0; i < 1030; i++) await Node.StoreAsync("evicted", $"message {i}");
        isAway = false;
        await Expect(Texts(page).Last).ToHaveTextAsync("message 1029");
        await Expect(Texts(page)).ToHaveCountAsync(1025);
        var first = await page.Locator("#log > *").EvaluateAllAsync<string[]>(
            "all => all.slice(0, 3).map(one => one.className.includes('gap') ? 'gap' : one.querySelector('.text').textContent)");
        Assert.Equal(["the old one", "gap", "message 6"], first);
    }

    [Fact]
    public async Task A_page_that_did_not_load_whole_is_loaded_again()
    {
        await Node.PostAsync("whole", "all is well");
        ExpectsFaults = true; // requests fail in this test
        var failures = 0;
        Node.Instead = context =>
        {
            if (context.Request.Path.Value?.EndsWith("/timeline.js", StringComparison.Ordinal) != true || failures >= 2) return false;
            failures++;
            context.Abort();
            return true;
        };
        var page = await OpenAsync("#whole");
        await Expect(Texts(page)).ToHaveTextAsync(["all is well"]);
        Assert.Equal(2, failures);
        Assert.Null(await page.EvaluateAsync<string?>("sessionStorage.getItem('malten.boots')"));
    }

    [Fact]
    public async Task A_page_that_never_loads_whole_says_so()
    {
        ExpectsFaults = true;
        Node.Instead = context =>
        {
            var isLost = context.Request.Path.Value?.EndsWith("/timeline.js", StringComparison.Ordinal) == true;
            if (isLost) context.Response.StatusCode = StatusCodes.Status404NotFound;
            return isLost;
        };
        var page = await OpenBlankAsync();
        await page.GotoAsync($"{Node.Address}/#never");
        await Expect(page.Locator("#status")).ToContainTextAsync("did not load completely", new() { Timeout = 30_000 });
    }

    [Fact]
    public async Task There_are_two_connections_whatever_is_opened_and_each_stream_is_heard_once()
    {
        var page = await OpenAsync("#one");
        await ListensAsync(page);
        foreach (var name in (string[])["two", "three", "four"])
        {
            await page.EvaluateAsync("name => { location.hash = name; }", name);
            await Expect(page.Locator("#title-text")).ToHaveTextAsync(name);
            await ListensAsync(page);
        }

        foreach (var name in (string[])["one", "two", "three", "four"]) await UntilObserversAsync(name, 1);
        await UntilAsync(() => Node.Listening == 2, "one for what is on the screen, and one for the rest");
    }

    private async Task UntilObserversAsync(string stream, int observers)
    {
        while ((await Node.GetAsync($"presence?stream={stream}"))["Observers"]!.GetValue<int>() != observers)
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    /// <summary>Cuts the open connections of a page, as a failing network does.</summary>
    private async Task CutAsync(IPage page)
    {
        Node.CutEvents();
        await Expect(page.Locator("#status")).ToContainTextAsync("Connection lost");
    }

    private int Count(string start) => Node.Received.Count(request => request.StartsWith(start, StringComparison.Ordinal));
}
