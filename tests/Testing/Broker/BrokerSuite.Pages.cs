using Malten.Streams.Feeds;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Testing;

public abstract partial class BrokerSuite<THost>
{
    [Fact]
    public async Task Pages_come_as_the_contract_says()
    {
        var created = new List<Timestamp>();
        for (var i = 0; i < 10; i++) created.Add((await PostAsync($"{i}")).Created);

        Assert.Equal(["7", "8", "9"], await TextsAsync(3));
        Assert.Equal(["9", "8", "7"], await TextsAsync(3, PageDirection.Backward));
        Assert.Equal(["4", "5", "6"], await TextsAsync(3, last: created[3]));
        Assert.Equal(["2", "1", "0"], await TextsAsync(3, PageDirection.Backward, created[3]));
        Assert.Equal(["4", "3"], await TextsAsync(2, PageDirection.Backward, created[5]));
        Assert.Empty(await TextsAsync(3, last: created[9]));
        Assert.Empty(await TextsAsync(3, PageDirection.Backward, created[0]));
        Assert.Equal(10, (await TextsAsync()).Count());
    }

    [Fact]
    public async Task A_timestamp_between_two_messages_serves_as_well()
    {
        var first = await PostAsync("a");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        await PostAsync("b");
        Assert.Equal(["b"], await TextsAsync(last: new Timestamp(first.Created.Nanoseconds + 1)));
        Assert.Equal(["a"], await TextsAsync(direction: PageDirection.Backward, last: new Timestamp(first.Created.Nanoseconds + 1)));
        Assert.Equal(["a", "b"], await TextsAsync(last: new Timestamp(1)));
        Assert.Equal(["b", "a"], await TextsAsync(direction: PageDirection.Backward, last: new Timestamp(long.MaxValue)));
    }

    [Fact]
    public async Task An_unknown_stream_has_no_messages_and_is_not_begun_by_reading()
    {
        var streams = Host.StreamsHeld;
        Assert.Empty(await ReadAsync());
        Assert.Equal(Presence.Nobody.Observers, (await Broker.GetPresenceAsync(Name)).Observers);
        Assert.Equal(streams, Host.StreamsHeld);
    }

    [Fact]
    public async Task Paging_on_meets_every_message_once()
    {
        for (var i = 0; i < 100; i++) await PostAsync($"{i}");
        var met = new List<string>();
        var last = new Timestamp(1);
        while (await ReadAsync(7, last: last) is { Count: > 0 } page)
        {
            met.AddRange(page.Select(message => message.Text));
            last = page[^1].Created;
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), met);
    }

    [Fact]
    public async Task A_post_repeated_with_its_id_is_stored_once()
    {
        var id = Guid.NewGuid();
        var first = await PostAsync("hello", id: id);
        var again = await PostAsync("hello", id: id);
        Assert.Equal((id, first), (first.Id, again));
        await PostAsync("hello");
        Assert.Equal(2, (await ReadAsync()).Count);
    }

    [Fact]
    public async Task An_id_made_by_the_server_is_a_uuid_of_version_7()
    {
        var message = await PostAsync("hello");
        Assert.Equal(7, message.Id.Version);
    }

    [Fact]
    public async Task What_was_said_comes_back_to_the_letter()
    {
        string[] texts =
        [
            "plain", "two\nlines\r\nand \u2028 more", "</script><b>&amp;\"'\\", "e\u0301 \u00e9 é", "🙂👩‍👩‍👧", "\u0001\u007f",
            string.Concat(Enumerable.Repeat("🙂", 1024)), "data: x\n\nid: 5",
        ];
        await using var listener = await ListenAsync();
        foreach (var text in texts) await PostAsync(text);
        Assert.Equal(texts, await TextsAsync());
        await listener.UntilAsync(texts[^1]);
        Assert.Equal(texts, listener.Said);
    }

    [Fact]
    public async Task Concurrent_posters_leave_one_order_that_every_listener_hears()
    {
        var listeners = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => ListenAsync(Host.Brokers[i % Host.Brokers.Count])));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(poster => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++) await PostAsync(Host.Brokers[poster % Host.Brokers.Count], $"{poster}.{i}");
        })));

        var order = (await TextsAsync()).ToList();
        Assert.Equal(400, order.Distinct().Count());
        for (var poster = 0; poster < 8; poster++)
            Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{poster}.{i}"), order.Where(text => text.StartsWith($"{poster}.", StringComparison.Ordinal)));
        foreach (var listener in listeners)
        {
            await listener.UntilAsync(listening => listening.Said.Count() >= 400);
            Assert.Equal(order, listener.Said);
            await listener.DisposeAsync();
        }
    }
}
