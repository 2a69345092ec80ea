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
    public async Task An_author_who_names_nothing_from_before_the_stream_expired_was_shown_all_that_others_were()
    {
        using var ann = new Enc2Author(Stream, "ann");
        using var bob = new Enc2Author(Stream, "bob");
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        await PostNowAsync(bob, "before");
        await Expect(Texts(page)).ToHaveTextAsync(["before"]);
        _time.Advance(TimeSpan.FromSeconds(1025));
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("has expired");
        await PostNowAsync(ann, "after");
        ann.Write("lost on the way");
        await PostNowAsync(ann, "and again");
        await Expect(page.Locator(".note")).ToHaveTextAsync(["A message of this author before this one did not arrive."]);
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
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("gone"); // in one line, whichever it is
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
    public async Task After_a_gap_too_what_an_author_found_by_scrolling_up_is_not_named_as_seen()
    {
        using var ann = new Enc2Author(Stream, "ann");
        using var bob = new Enc2Author(Stream, "bob");
        await PostAsync(bob, "long ago");
        for (var i = 0; i < 40; i++) await PostAsync(ann, $"message {i}");
        var page = await ReadAsync(Reader.First);
        await ListensAsync(page);
        await page.Locator("#scroller").EvaluateAsync("scroller => scroller.scrollTop = 0");
        await Expect(Texts(page)).ToHaveCountAsync(41);
        Server.Preface = """{"Type":"event","Created":1795219513081506816,"Payload":{"Name":"gap"}}""";
        var newest = await PostAsync(ann, "after the gap");
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("Some messages are missing here");
        await Expect(Texts(page)).ToHaveCountAsync(42);
        await SayAsync(page, "hello");
        Assert.Equal([newest], (await NewestAsync()).Seen);
    }

    [Fact]
    public async Task The_order_of_what_the_server_holds_does_not_change_what_an_author_names()
    {
        using var ann = new Enc2Author(Stream, "ann");
        using var bob = new Enc2Author(Stream, "bob");
        string[] heads = [await PostAsync(bob, "older"), await PostAsync(ann, "newer")];
        var page = await OpenBlankAsync();
        await page.RouteAsync("**/messages?*", async route =>
        {
            var held = JsonNode.Parse(await (await route.FetchAsync()).TextAsync())!.AsArray();
            await route.FulfillAsync(new() { ContentType = "application/json", Body = $"[{held[1]!.ToJsonString()},{held[0]!.ToJsonString()}]" });
        });
        await page.GotoAsync($"{Node.Address}/#/e/any/{Stream.Key}");
        await Expect(Texts(page)).ToHaveTextAsync(["older", "newer"]);
        await SayAsync(page, "I have read both");
        Assert.Equal(heads.Reverse(), (await NewestAsync()).Seen);
    }

    [Fact]
    public async Task News_is_named_however_late_the_server_dates_what_it_held()
    {
        string[] ids = [Guid.NewGuid().ToString(), Guid.NewGuid().ToString()];
        var page = await OpenAsync("");
        var message = await page.EvaluateAsync<string>("""
            async ([key, id, other]) => {
              const base = document.querySelector('script[type=module]').src;
              const { EncryptedChannel } = await import(base.replace('main.js', 'channels/encrypted.js'));
              const { readKey } = await import(base.replace('main.js', 'crypto/enc2.js'));
              const secret = await readKey(key);
              const [author, reader] = [await EncryptedChannel.from('any', secret), await EncryptedChannel.from('any', secret)];
              reader.fade(2 ** 60);
              await reader.open({ Id: id, Text: (await author.seal('news', 'ann', id)).message, Created: 2 ** 50 }, true);
              return (await reader.seal('an answer', 'bob', other)).message;
            }
            """, new[] { Stream.Key, ids[0], ids[1] });
        Assert.Single(Stream.Open(ids[1], message).Content.Seen);
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

    /// <summary>Posts what an author writes by the server's clock, without having seen anything.</summary>
    private async Task PostNowAsync(Enc2Author author, string text)
    {
        var (id, message, _) = author.Write(text, _time.GetUtcNow());
        await Node.PostAsync(Stream.Stream, message, id: id);
    }

    private async Task<Enc2Content> NewestAsync() =>
        Of((JsonObject)(await Node.GetAsync($"messages?stream={Stream.Stream}")).AsArray()[^1]!).Content;
}
