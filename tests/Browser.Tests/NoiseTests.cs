using System.Security.Cryptography;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>Strangers who know an encrypted stream's name, but not its key, can post noise to it. It takes no place from what can be read.</summary>
public sealed class NoiseTests(Chromium chromium) : TraceTest(chromium)
{
    private const int Noise = 2100; // more lines than the page keeps on the screen

    [Fact]
    public async Task Noise_is_counted_in_one_line_and_pushes_nothing_off_the_screen()
    {
        var (room, link) = await BeginRoomAsync();
        var page = await OpenAsync(link);
        await ListensAsync(page);
        await SayAsync(page, "what was said");
        for (var i = 1; i <= Noise; i++)
        {
            await Node.StoreAsync(room.Stream.Stream, $"enc2.{i:D8}");
            if (i % 100 == 0) await Expect(page.Locator(".line.unreadable")).ToContainTextAsync($"{i} messages could not be read"); // it keeps up
        }

        await Expect(Texts(page)).ToHaveTextAsync(["what was said"]);
        await Expect(page.Locator("#log > *")).ToHaveCountAsync(2);
        await SayAsync(page, "and goes on");
        await Expect(Texts(page)).ToHaveTextAsync(["what was said", "and goes on"]);
    }

    [Fact]
    public async Task What_was_said_before_a_page_full_of_noise_is_found_and_nothing_is_counted_twice()
    {
        var stream = new Enc2(RandomNumberGenerator.GetBytes(32));
        using var ann = new Enc2Author(stream, "ann");
        for (var i = 0; i < 3; i++)
        {
            var (id, message, _) = ann.Write($"said {i}");
            await Node.PostAsync(stream.Stream, message, id: id);
        }

        for (var i = 0; i < 60; i++) await Node.StoreAsync(stream.Stream, $"enc2.{i:D8}");
        var page = await OpenAsync($"#/e/any/{stream.Key}");
        await Expect(Texts(page)).ToHaveTextAsync(["said 0", "said 1", "said 2"]);
        await Expect(page.Locator(".line.unreadable")).ToHaveTextAsync("60 messages could not be read: sealed with another key, or changed.");
        await page.EvaluateAsync("dispatchEvent(new Event('online'))"); // it connects anew, and is shown nothing a second time
        await Node.StoreAsync(stream.Stream, "enc2.AAAA");
        await Expect(page.Locator(".line.unreadable")).ToContainTextAsync("61 messages");
        await Expect(page.Locator(".note, .badge.warn")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Where_all_that_is_held_is_noise_the_page_finds_the_beginning_and_reads_nothing_again()
    {
        var stream = new Enc2(RandomNumberGenerator.GetBytes(32));
        for (var i = 0; i < 1024; i++) await Node.StoreAsync(stream.Stream, $"enc2.{i:D8}");
        var page = await OpenAsync($"#/e/any/{stream.Key}");
        await Expect(page.Locator(".line.unreadable")).ToContainTextAsync("1024 messages could not be read");
        await Expect(page.Locator("#start")).ToContainTextAsync("This is where it begins");
        await ListensAsync(page);
        var reads = Node.Received.Count(IsRead);
        await page.Locator("#scroller").DispatchEventAsync("scroll");
        await Node.StoreAsync(stream.Stream, "enc2.AAAA");
        await Expect(page.Locator(".line.unreadable")).ToContainTextAsync("1025 messages");
        Assert.Equal(reads, Node.Received.Count(IsRead));

        static bool IsRead(string request) => request.StartsWith("GET /messages", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Screen_readers_are_told_of_noise_once()
    {
        var (room, link) = await BeginRoomAsync();
        var page = await OpenAsync(link);
        await ListensAsync(page);
        await Node.StoreAsync(room.Stream.Stream, "enc2.AAAA");
        await Expect(page.Locator(".line.unreadable")).ToContainTextAsync("A message could not be read");
        Assert.Equal("polite", await page.GetAttributeAsync("#log", "aria-live"));
        Assert.Null(await page.GetAttributeAsync(".line.unreadable", "aria-live"));
        await Node.StoreAsync(room.Stream.Stream, "enc2.BBBB");
        await Expect(page.Locator(".line.unreadable")).ToContainTextAsync("2 messages");
        await Expect(page.Locator(".line.unreadable")).ToHaveAttributeAsync("aria-live", "off");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_encrypted_stream_that_expires_says_so_in_one_line(bool isElsewhere)
    {
        var time = await UseNodeWithClockAsync();
        await Node.BeginAsync("plain", ttl: 1000);
        var page = await OpenAsync("#plain");
        await ListensAsync(page);
        var link = await EncryptedStreamTests.BeginAsync(page, "mortal");
        await SayAsync(page, "said before");
        if (isElsewhere)
        {
            await page.EvaluateAsync("location.hash = '#plain'");
            await Expect(page.Locator("#title-text")).ToHaveTextAsync("plain");
            await UntilAsync(() => Node.Listening == 2, "a connection for the rest");
        }

        time.Advance(TimeSpan.FromSeconds(1100));
        if (isElsewhere)
        {
            await Expect(page.Locator(".line.gap")).ToContainTextAsync("This stream has expired");
            await page.EvaluateAsync("fragment => { location.hash = fragment; }", link);
            await Expect(page.Locator("#title-text")).ToHaveTextAsync("mortal");
            await Expect(page.Locator("#start")).ToContainTextAsync("This is where it begins"); // all that the server holds has been read
        }

        await Expect(page.Locator(".line")).ToHaveCountAsync(1);
        await Expect(page.Locator(".line")).ToContainTextAsync("expired");
    }
}
