using System.Text.RegularExpressions;
using Malten.Streams.Events;
using Malten.Testing;

namespace Malten.Browser.Tests;

/// <summary>The page shows how long the stream still lives. The test sets the server's clock.</summary>
public sealed class LifeTests(Chromium chromium) : PageTest(chromium)
{
    private readonly FakeTime _time = new();

    public override async ValueTask InitializeAsync() => Node = await TestNode.StartAsync(_time);

    [Fact]
    public async Task A_public_stream_shows_its_own_time_to_live_by_the_servers_clock()
    {
        await Node.BeginAsync("public", ttl: 300);
        await Node.PostAsync("public", "hi");
        _time.Advance(TimeSpan.FromSeconds(100));
        var page = await OpenAsync("#public", script: """
            addEventListener('DOMContentLoaded', () => {
              const line = document.querySelector('#life');
              const look = () => /^Gone in \d+:/.test(line.textContent) && (window.first ??= line.textContent);
              new MutationObserver(look).observe(line, { characterData: true, childList: true, subtree: true });
            });
            """);
        await Expect(page.Locator("#life")).ToHaveTextAsync(new Regex("^Gone in [0-9]+:[0-9]{2} if nobody writes$"));
        Assert.Matches("^Gone in 3:(20|1[0-9]) if nobody writes$", await page.EvaluateAsync<string>("first")); // before the test looked
    }

    [Fact]
    public async Task A_stream_whose_time_is_not_known_is_an_estimate()
    {
        await Node.PostAsync("unlisted", "hi");
        var page = await OpenAsync("#unlisted");
        await Expect(page.Locator("#life")).ToHaveTextAsync("Gone in about 17 min if nobody writes");
    }

    [Fact]
    public async Task A_private_stream_that_this_page_began_is_known_even_after_a_reload()
    {
        var page = await OpenAsync("");
        await page.ClickAsync("[data-does=create]");
        await page.FillAsync("#create-name", "hideout");
        await page.CheckAsync("input[value=private]");
        await page.SelectOptionAsync("#create-ttl", "other");
        await page.FillAsync("#create-seconds", "120");
        await page.ClickAsync("#create-submit");
        await Expect(page.Locator("#life")).ToHaveTextAsync(new Regex("^Gone in (2:00|1:[0-9]{2}) if nobody writes$"));
        await SayAsync(page, "psst");
        await page.ReloadAsync();
        await Expect(page.Locator("#life")).ToHaveTextAsync(new Regex("^Gone in (2:00|1:[0-9]{2}) if nobody writes$"));
    }

    [Fact]
    public async Task A_message_gives_it_new_life_and_reading_does_not()
    {
        await Node.BeginAsync("renewed", ttl: 600);
        await Node.PostAsync("renewed", "hi");
        _time.Advance(TimeSpan.FromSeconds(400));
        var page = await OpenAsync("#renewed");
        await Expect(page.Locator("#life")).ToHaveTextAsync(new Regex("^Gone in 3:"));
        await Node.PostAsync("renewed", "again");
        await Expect(page.Locator("#life")).ToHaveTextAsync(new Regex("^Gone in (10:00|9:)"));
    }

    [Fact]
    public async Task Expiry_is_said_and_a_message_begins_anew()
    {
        await Node.BeginAsync("mortal", ttl: 60);
        await Node.PostAsync("mortal", "hi");
        var page = await OpenAsync("#mortal");
        await ListensAsync(page);
        _time.Advance(TimeSpan.FromSeconds(61));
        await Expect(page.Locator("#life")).ToHaveTextAsync("Expired: its messages are gone");
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("This stream has expired");
        await Expect(Texts(page)).ToHaveTextAsync(["hi"]);
        await SayAsync(page, "from the ashes");
        await Expect(page.Locator("#life")).ToHaveTextAsync("Gone in about 17 min if nobody writes");
        Assert.Single((await Node.GetAsync("messages?stream=mortal")).AsArray());
    }

    [Fact]
    public async Task What_has_grown_of_an_answer_goes_when_the_stream_expires()
    {
        await Node.BeginAsync("mortal", ttl: 60);
        var page = await OpenAsync("#mortal");
        await ListensAsync(page);
        await Node.AnnounceAsync(new Notice { Name = NoticeName.Answering, Stream = "mortal", Command = Guid.NewGuid(), Text = "Half of" });
        await Expect(page.Locator("#growing")).ToHaveTextAsync("Half of");
        _time.Advance(TimeSpan.FromSeconds(61));
        await Expect(page.Locator("#growing")).ToBeEmptyAsync();
        await Expect(page.Locator("#activity")).ToBeEmptyAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_expiry_a_new_connection_misses_nothing(bool isCut)
    {
        await Node.BeginAsync("mortal", ttl: 60);
        var page = await OpenAsync("#mortal");
        await ListensAsync(page);
        await Node.PostAsync("mortal", "hi");
        await Expect(Texts(page)).ToHaveTextAsync(["hi"]);
        _time.Advance(TimeSpan.FromSeconds(61));
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("This stream has expired");
        var before = Connections();
        if (isCut) Node.CutEvents();
        else await NameAsync(page, "Ann");
        await UntilAsync(() => Connections() > before, "the page did not connect again");
        await ListensAsync(page);
        await Node.PostAsync("mortal", "from the ashes");
        await Expect(Texts(page)).ToHaveTextAsync(["hi", "from the ashes"]);
        await Expect(page.Locator(".line.gap")).ToHaveCountAsync(1);

        int Connections() => Node.Received.Count(request => request.StartsWith("GET /events", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stream_that_is_not_in_use_begins_with_the_first_message()
    {
        var page = await OpenAsync("#nothing");
        await Expect(page.Locator("#life")).ToHaveTextAsync("Begins with the first message");
        await Expect(page.Locator("#start")).ToContainTextAsync("Nothing here yet");
    }
}
