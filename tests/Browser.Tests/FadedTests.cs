using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;
using Malten.Testing;

namespace Malten.Browser.Tests;

/// <summary>What has faded is not taken for held back: nobody is said to have read what a reader is not shown.</summary>
public sealed class FadedTests(Chromium chromium) : HostileStreamTest(chromium)
{
    private readonly FakeTime _time = new();

    protected override Task<TestNode> StartNodeAsync() => TestNode.StartAsync(_time);

    [Fact]
    public async Task An_author_who_goes_on_after_the_stream_has_expired_names_nothing_from_before()
    {
        using var ann = new Enc2Author(Stream, "ann");
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        await PostAsync(ann, "before");
        await Expect(Texts(page)).ToHaveTextAsync(["before"]);
        _time.Advance(TimeSpan.FromSeconds(1025));
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("has expired");
        await SayAsync(page, "after");
        var reader = await ReadAsync(Reader.Second);
        await Expect(Texts(reader)).ToHaveTextAsync(["after"]);
        await Expect(reader.Locator("#log")).Not.ToContainTextAsync("had read");
        Assert.Empty((await NewestAsync()).Seen);
    }

    [Fact]
    public async Task An_author_who_comes_back_after_the_stream_has_expired_names_nothing_from_before()
    {
        using var ann = new Enc2Author(Stream, "ann");
        await PostAsync(ann, "before");
        var page = await ReadAsync(Reader.First);
        await Expect(Texts(page)).ToHaveTextAsync(["before"]);
        await page.EvaluateAsync("location.hash = '#elsewhere'");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("elsewhere");
        await ListensAsync(page);
        _time.Advance(TimeSpan.FromSeconds(1025));
        await page.EvaluateAsync("history.back()");
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("is gone");
        await ListensAsync(page);
        await SayAsync(page, "after");
        Assert.Empty((await NewestAsync()).Seen);
    }

    [Fact]
    public async Task What_an_author_found_by_scrolling_up_is_not_named_as_seen()
    {
        using var ann = new Enc2Author(Stream, "ann");
        using var bob = new Enc2Author(Stream, "bob");
        await PostAsync(bob, "long ago");
        var newest = "";
        for (var i = 0; i < 40; i++) newest = await PostAsync(ann, $"message {i}");
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        await SayAsync(page, "hello");
        await page.Locator("#scroller").EvaluateAsync("scroller => scroller.scrollTop = 0");
        await Expect(Texts(page)).ToHaveCountAsync(42);
        await SayAsync(page, "and I have read all that");
        Assert.Equal([newest], (await NewestAsync()).Seen);
        var reader = await ReadAsync(Reader.Second);
        await Expect(Texts(reader)).ToHaveCountAsync(25);
        await Expect(reader.Locator("#log")).Not.ToContainTextAsync("had read");
    }

    [Fact]
    public async Task A_reader_who_was_shown_a_message_before_is_not_told_that_it_is_not_shown()
    {
        using var ann = new Enc2Author(Stream, "ann");
        using var bob = new Enc2Author(Stream, "bob");
        var faded = await PostAsync(ann, "this will fade");
        await PostAsync(bob, "this stays");
        var page = await ReadAsync(Reader.First);
        await Expect(Texts(page)).ToHaveTextAsync(["this will fade", "this stays"]);
        await page.EvaluateAsync("location.hash = '#elsewhere'");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("elsewhere");
        await ListensAsync(page);
        Server.Tamper = (_, message) => Of(message).Hash == faded ? [] : [message];
        await PostAsync(bob, "a good point", faded);
        await page.EvaluateAsync("history.back()");
        await Expect(Texts(page)).ToHaveTextAsync(["this stays", "a good point"]);
        await Expect(page.Locator("#log")).Not.ToContainTextAsync("had read");
    }

    private async Task<Enc2Content> NewestAsync() =>
        Of((JsonObject)(await Node.GetAsync($"messages?stream={Stream.Stream}")).AsArray()[^1]!).Content;
}
