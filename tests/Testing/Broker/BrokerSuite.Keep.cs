using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Testing;

/// <content>Streams that hold few messages or none.</content>
public abstract partial class BrokerSuite<THost>
{
    [Fact]
    public async Task A_stream_holds_as_many_messages_as_it_keeps()
    {
        await KeepAsync(3);
        var created = new List<Timestamp>();
        for (var i = 0; i < 5; i++) created.Add((await PostAsync($"{i}")).Created);
        foreach (var broker in Host.Brokers)
            Assert.Equal(3, (await broker.ReadAsync(new PageRequest(Name, 1024))).Count);
        Assert.Equal(["2", "3", "4"], await TextsAsync());
        Assert.Equal(["4", "3"], await TextsAsync(2, PageDirection.Backward));
        Assert.Equal(["2", "3"], await TextsAsync(2, last: created[0]));
        Assert.Equal(["2"], await TextsAsync(direction: PageDirection.Backward, last: created[3]));
        Assert.Empty(await TextsAsync(direction: PageDirection.Backward, last: created[2]));
        await using var whole = await ListenAsync(created[1]);
        await using var missed = await ListenAsync(created[0]);
        await missed.UntilAsync("4");
        await whole.UntilAsync("4");
        Assert.Equal(["[gap]", "2", "3", "4"], missed.Said);
        Assert.Equal(["2", "3", "4"], whole.Said);
    }

    [Fact]
    public async Task The_list_says_how_many_a_stream_keeps()
    {
        await Broker.CreateAsync(new StreamSettings(Name, false, TimeToLive.Default) { Keep = Retention.FromMessages(2) });
        for (var i = 0; i < 3; i++) await PostAsync($"{i}");
        var listing = (await ListingAsync())!;
        Assert.Equal((2, 2), (listing.Keep, listing.Messages));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1025));
        await PostAsync("another stream"); // begun by a message: it holds as many as any
        for (var i = 0; i < 3; i++) await PostAsync($"{i}");
        Assert.Equal(["another stream", "0", "1", "2"], await TextsAsync());
    }

    [Fact]
    public async Task What_is_not_kept_reaches_whoever_listens_and_nobody_else()
    {
        await KeepAsync(0);
        var listeners = await Task.WhenAll(Host.Brokers.Select(broker => ListenAsync(broker)));
        const int Posts = 300;
        await Task.WhenAll(Enumerable.Range(0, 3).Select(poster => Task.Run(async () =>
        {
            for (var i = 0; i < Posts / 3; i++) await PostAsync(Host.Brokers[poster % Host.Brokers.Count], $"{poster}.{i}");
        })));
        foreach (var listener in listeners)
        {
            await listener.UntilAsync(listening => listening.Said.Count() >= Posts);
            Assert.Equal(listeners[0].Said, listener.Said);
            Assert.DoesNotContain("[gap]", listener.Said);
            var times = listener.Heard.Where(heard => heard.Id is not null).Select(heard => long.Parse(heard.Id!)).ToList();
            Assert.Equal(times.Distinct().Order(), times);
        }

        foreach (var listener in listeners) await listener.DisposeAsync();
        foreach (var broker in Host.Brokers) Assert.Empty(await broker.ReadAsync(new PageRequest(Name, 1024)));
        await using var late = await ListenAsync();
        await PostAsync("end");
        await late.UntilAsync("end");
        Assert.Equal(["end"], late.Said);
    }

    [Fact]
    public async Task Where_nothing_is_kept_whoever_missed_something_is_told_and_nobody_else()
    {
        await KeepAsync(0);
        var one = await PostAsync("one");
        var two = await PostAsync("two");
        Assert.True(one.Created < two.Created);
        foreach (var broker in Host.Brokers)
        {
            await using var missed = await ListenAsync(broker, one.Created);
            await using var never = await ListenAsync(broker, Timestamp.None);
            await using var whole = await ListenAsync(broker, two.Created);
            await using var beyond = await ListenAsync(broker, new Timestamp(two.Created.Nanoseconds + 1024));
            two = await PostAsync("three");
            foreach (var listener in new[] { missed, never, whole, beyond }) await listener.UntilAsync("three");
            Assert.Equal(["[gap]", "three"], missed.Said);
            Assert.Equal(["[gap]", "three"], never.Said);
            Assert.Equal(["three"], whole.Said);
            Assert.Equal(["[gap]", "three"], beyond.Said);
        }
    }

    [Fact]
    public async Task A_post_that_is_not_kept_and_repeated_with_its_id_is_said_once()
    {
        await KeepAsync(0);
        await using var listener = await ListenAsync();
        var id = Guid.NewGuid();
        var first = await PostAsync("hello", id: id);
        foreach (var broker in Host.Brokers) Assert.Equal(first, await PostAsync(broker, "hello", id: id));
        await PostAsync("end");
        await listener.UntilAsync("end");
        Assert.Equal(["hello", "end"], listener.Said);
    }

    [Fact]
    public async Task What_is_not_kept_takes_no_memory_once_it_has_been_read()
    {
        await KeepAsync(0);
        await using var listener = await ListenAsync();
        await PostAsync("begin");
        await listener.UntilAsync("begin");
        await Host.AdvanceAsync(TimeSpan.FromMinutes(1));
        var bytes = Host.BytesHeld;
        for (var i = 0; i < 100; i++) await PostAsync($"{i} {new string('x', 1000)}");
        await listener.UntilAsync(listening => listening.Said.Count() > 100);
        await Host.AdvanceAsync(Feed.LongestPassing);
        await Host.AdvanceAsync(Feed.LongestPassing);
        await PostAsync("end"); // those evicted before are not remembered by their ids any more
        await listener.UntilAsync("end");
        Assert.InRange(Host.BytesHeld - bytes, 0, 10_000);
    }

    [Fact]
    public async Task A_reader_that_does_not_take_what_is_not_kept_is_told_of_a_gap()
    {
        await KeepAsync(0, TimeToLive.FromSeconds(3600));
        await using var quick = await ListenAsync();
        await using var slow = await ListenAsync();
        for (var i = 0; i < 10; i++) await PostAsync($"{i}");
        await quick.UntilAsync("9");
        Assert.Empty(await ReadAsync()); // though it is still on its way to the slow one
        await Host.AdvanceAsync(Feed.LongestPassing);
        await PostAsync("end");
        await slow.UntilAsync("end");
        Assert.Equal(["[gap]", "end"], slow.Said);
    }

    [Fact]
    public async Task Its_clock_and_its_end_are_those_of_any_stream()
    {
        await KeepAsync(0, TimeToLive.FromSeconds(60));
        await using var listener = await ListenAsync();
        for (var i = 0; i < 3; i++)
        {
            await Host.AdvanceAsync(TimeSpan.FromSeconds(50));
            await PostAsync($"{i}");
            await listener.UntilAsync($"{i}");
        }

        await RefusedAsync(Refusal.NameTaken, () => KeepAsync(0));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(61));
        await listener.UntilAsync("[expired]");
        Assert.Equal(["0", "1", "2", "[expired]"], listener.Said);
        await KeepAsync(1);
    }

    private async Task KeepAsync(int messages, TimeToLive timeToLive = default) => await Broker.CreateAsync(
        new StreamSettings(Name, true, timeToLive) { Keep = Retention.FromMessages(messages) });
}
