using System.Text.Json.Nodes;
using Malten.Browser.Tests.Reference;

namespace Malten.Browser.Tests;

/// <summary>Whoever leaves an encrypted stream and comes back learns what the server shows otherwise than before.</summary>
public sealed class VisitTests(Chromium chromium) : HostileStreamTest(chromium)
{
    [Fact]
    public async Task Messages_in_another_order_than_before_are_noticed()
    {
        var (page, moved, _) = await VisitAsync();
        Server.Tamper = (_, message) => [Of(message).Hash == moved ? HostileServer.Redate(message, 30_000) : message];
        await ReturnAsync(page);
        await Expect(Texts(page)).ToHaveTextAsync(["sell?", "buy?", "yes"]);
        await Expect(page.Locator(".message").Last.Locator(".note")).ToContainTextAsync("The server has moved this since you were here before");
        await Expect(page.Locator(".note")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_message_that_is_held_back_now_is_missed()
    {
        var (page, _, dropped) = await VisitAsync();
        Server.Tamper = (_, message) => Of(message).Hash == dropped ? [] : [message];
        await ReturnAsync(page);
        await Expect(Texts(page)).ToHaveTextAsync(["yes", "buy?"]);
        await Expect(page.Locator(".message").First.Locator(".note")).ToHaveTextAsync(
            "After this one stood a message when you were here before, which the server does not give now: it had no room, or holds something back.");
    }

    [Fact]
    public async Task If_nothing_is_left_that_is_told()
    {
        var (page, _, _) = await VisitAsync();
        Server.Tamper = (_, _) => [];
        await ReturnAsync(page);
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("What you were shown here before is gone");
        await Expect(Texts(page)).ToHaveCountAsync(0);
        await Expect(page.Locator("#start")).Not.ToContainTextAsync("Nothing here yet");
    }

    [Fact]
    public async Task If_only_something_unencrypted_is_left_that_is_told_too()
    {
        var (page, _, _) = await VisitAsync();
        await Node.PostAsync(Stream.Stream, "nothing to see here");
        Server.Tamper = (_, message) => message["Text"]!.GetValue<string>() == "nothing to see here" ? [message] : [];
        await ReturnAsync(page);
        await Expect(Texts(page)).ToHaveTextAsync(["nothing to see here"]);
        await Expect(page.Locator(".line.gap")).ToContainTextAsync("What you were shown here before is gone");
    }

    [Fact]
    public async Task What_stands_above_a_page_of_unencrypted_messages_is_not_called_gone()
    {
        var (page, _, _) = await VisitAsync();
        for (var i = 0; i < 25; i++) await Node.PostAsync(Stream.Stream, $"noise {i}");
        await ReturnAsync(page);
        await Expect(Texts(page)).ToHaveCountAsync(25);
        await ListensAsync(page);
        await page.Locator("#scroller").EvaluateAsync("scroller => scroller.scrollTop = 0");
        await Expect(Texts(page)).ToHaveCountAsync(28);
        await Expect(page.Locator(".line")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Within_a_visit_the_first_date_of_a_message_decides_where_it_stands()
    {
        var page = await OpenAsync("");
        var orders = await page.EvaluateAsync<double[]>("""
            async () => {
              const { EncryptedChannel } = await import(document.querySelector('script[type=module]').src.replace('main.js', 'channels/encrypted.js'));
              const secret = new Uint8Array(32);
              const [author, reader] = [await EncryptedChannel.from('any', secret), await EncryptedChannel.from('any', secret)];
              const Id = '3f2a9c54-0b1d-4c88-9e77-5d6a1b2c3d4e';
              const { message: Text } = await author.seal('once', 'ann', Id);
              const orderAt = async Created => (await reader.open({ Id, Text, Created })).order;
              const orders = [await orderAt(1024 * 10), await orderAt(1024 * 20)];
              reader.reopen();
              return [...orders, await orderAt(1024 * 30)];
            }
            """);
        Assert.Equal([10240, 10240, 30720], orders);
    }

    [Fact]
    public async Task On_coming_back_to_an_honest_server_nothing_is_said_and_what_was_read_counts()
    {
        var (page, _, _) = await VisitAsync();
        await ReturnAsync(page);
        await Expect(Texts(page)).ToHaveTextAsync(["yes", "sell?", "buy?"]);
        await ListensAsync(page);
        await SayAsync(page, "agreed");
        await Expect(page.Locator(".note, .line")).ToHaveCountAsync(0);
        var held = (await Node.GetAsync($"messages?stream={Stream.Stream}")).AsArray();
        Assert.Equal(3, Of((JsonObject)held[3]!).Content.Seen.Count);
    }

    /// <summary>A page that was shown three messages of authors who had not read each other's, and has left since.</summary>
    private async Task<(IPage Page, string First, string Second)> VisitAsync()
    {
        using var ann = new Enc2Author(Stream, "ann");
        using var bob = new Enc2Author(Stream, "bob");
        using var carl = new Enc2Author(Stream, "carl");
        var (first, second, _) = (await PostAsync(ann, "yes"), await PostAsync(bob, "sell?"), await PostAsync(carl, "buy?"));
        var page = await ReadAsync(Reader.First);
        await Expect(Texts(page)).ToHaveTextAsync(["yes", "sell?", "buy?"]);
        await page.EvaluateAsync("location.hash = '#elsewhere'");
        await Expect(page.Locator("#title-text")).ToHaveTextAsync("elsewhere");
        await ListensAsync(page);
        return (page, first, second);
    }

    private static async Task ReturnAsync(IPage page) => await page.EvaluateAsync("history.back()");
}
