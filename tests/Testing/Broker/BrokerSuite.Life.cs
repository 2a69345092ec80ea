using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Testing;

public abstract partial class BrokerSuite<THost>
{
    [Fact]
    public async Task A_stream_begins_with_its_first_message_unlisted()
    {
        var message = await PostAsync("hello");
        Assert.Equal(Name.Value, message.Stream);
        Assert.Equal(["hello"], await TextsAsync());
        Assert.Null(await ListingAsync());
    }

    [Fact]
    public async Task A_stream_begun_by_request_is_listed_unless_private()
    {
        await Broker.CreateAsync(new StreamSettings(Name, false, TimeToLive.FromSeconds(60)));
        await PostAsync("one");
        var listing = (await ListingAsync())!;
        Assert.Equal((60, 1, 0), (listing.Ttl, listing.Messages, listing.Observers));
        Assert.True(listing.Updated >= listing.Created && listing.Created.Nanoseconds % 1024 == 0);

        var hidden = StreamName.Random();
        await Broker.CreateAsync(new StreamSettings(hidden, true, TimeToLive.Default));
        Assert.DoesNotContain(await Broker.ListAsync("", 1024), one => one.Name == hidden.Value);
    }

    [Fact]
    public async Task The_default_stream_is_listed_however_it_began()
    {
        await PostAsync("hello", StreamName.Default);
        Assert.Contains(await Broker.ListAsync("_", 1024), listing => listing.Name == "_");
    }

    [Fact]
    public async Task The_default_stream_is_never_private()
    {
        var refused = await RefusedAsync(Refusal.BadValue, () =>
            Broker.CreateAsync(new StreamSettings(StreamName.Default, true, TimeToLive.Default)).AsTask());
        Assert.Equal("private", refused.Parameter);
    }

    [Fact]
    public async Task A_name_in_use_is_taken_whoever_began_it()
    {
        await PostAsync("hello");
        await RefusedAsync(Refusal.NameTaken, () =>
            Broker.CreateAsync(new StreamSettings(Name, false, TimeToLive.FromSeconds(5))).AsTask());
        Assert.Null(await ListingAsync());
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1000));
        Assert.Equal(["hello"], await TextsAsync());
    }

    [Fact]
    public async Task The_list_has_the_most_recently_used_first_within_limit_and_prefix()
    {
        var names = Enumerable.Range(0, 3).Select(i => StreamName.Parse($"{Name.Value}-{i}")).ToList();
        foreach (var name in names)
        {
            await Broker.CreateAsync(new StreamSettings(name, false, TimeToLive.Default));
            await Host.AdvanceAsync(TimeSpan.FromMilliseconds(10));
        }

        await PostAsync("later", names[0]);
        var listed = await Broker.ListAsync(Name.Value + "-", 2);
        Assert.Equal([names[0].Value, names[2].Value], listed.Select(listing => listing.Name));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(59)]
    [InlineData(1024)]
    [InlineData(86_400)]
    public async Task A_stream_ends_when_its_time_has_passed_since_its_last_message(int ttl)
    {
        await Host.AdvanceAsync(TimeSpan.FromDays(1.1)); // other tests may share the host: what they left has ended then
        var (bytes, streams) = (Host.BytesHeld, Host.StreamsHeld);
        await Broker.CreateAsync(new StreamSettings(Name, false, TimeToLive.FromSeconds(ttl)));
        var half = TimeSpan.FromSeconds(ttl / 2.0);
        await Host.AdvanceAsync(half);
        await PostAsync("hello");
        await Host.AdvanceAsync(half);
        Assert.Equal(["hello"], await TextsAsync());
        Assert.NotNull(await ListingAsync());
        await Host.AdvanceAsync(half + TimeSpan.FromMilliseconds(2));
        Assert.Empty(await TextsAsync());
        Assert.Null(await ListingAsync());
        Assert.Equal((bytes, streams), (Host.BytesHeld, Host.StreamsHeld));
    }

    [Fact]
    public async Task Reading_and_listening_do_not_keep_a_stream_alive()
    {
        await PostAsync("hello");
        await using var listener = await ListenAsync(Timestamp.None);
        await listener.UntilAsync("hello");
        for (var i = 0; i < 32; i++)
        {
            await Host.AdvanceAsync(TimeSpan.FromSeconds(31));
            Assert.Equal(["hello"], await TextsAsync());
            await Broker.GetPresenceAsync(Name);
            await using var another = await ListenAsync(Timestamp.None);
        }

        await Host.AdvanceAsync(TimeSpan.FromSeconds(33));
        Assert.Empty(await TextsAsync());
        await listener.UntilAsync("[expired]");
        Assert.Equal(["hello", "[expired]"], listener.Said);
    }

    [Fact]
    public async Task Listeners_hear_the_end_and_whatever_a_later_stream_of_that_name_brings()
    {
        await using var listener = await ListenAsync();
        await PostAsync("first");
        await listener.UntilAsync("first");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1025));
        await PostAsync("second");
        await listener.UntilAsync("second");
        Assert.Equal(["first", "[expired]", "second"], listener.Said);
    }

    [Fact]
    public async Task A_private_name_that_has_expired_does_not_turn_public()
    {
        await Broker.CreateAsync(new StreamSettings(Name, false, TimeToLive.FromSeconds(2)));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(3));
        await PostAsync("later");
        Assert.Null(await ListingAsync());
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1000));
        Assert.Equal(["later"], await TextsAsync());
    }

    [Fact]
    public async Task The_newest_1024_messages_are_held()
    {
        for (var i = 0; i < 1030; i++) await PostAsync($"{i}");
        var texts = (await TextsAsync()).ToList();
        Assert.Equal(1024, texts.Count);
        Assert.Equal("6", texts[0]);
        Assert.Equal("1029", texts[^1]);
    }

    [Fact]
    public async Task Timestamps_increase_strictly_in_steps_a_javascript_number_holds()
    {
        var messages = new List<Message>();
        for (var i = 0; i < 50; i++) messages.Add(await PostAsync($"{i}"));
        Assert.All(messages, message => Assert.Equal(0, message.Created.Nanoseconds % 1024));
        Assert.All(messages, message => Assert.Equal(message.Created.Nanoseconds, (long)(double)message.Created.Nanoseconds));
        Assert.All(messages.Zip(messages.Skip(1)), pair => Assert.True(pair.First.Created < pair.Second.Created));
    }

    [Fact]
    public async Task A_full_node_refuses_new_streams_and_changes_nothing()
    {
        await RestartAsync(new CapacityOptions { MaxStreams = 2 });
        await PostAsync("hello", StreamName.Parse("a"));
        await PostAsync("hello", StreamName.Parse("b"));
        for (var i = 0; i < 20; i++) // a cluster has room on other nodes for some of them
            await Record.ExceptionAsync(() => PostAsync("hello", StreamName.Parse($"c{i}")));
        await RefusedAsync(Refusal.Full, () => PostAsync("no", StreamName.Parse("d")));
        Assert.Equal("hello", (await ReadAsync(stream: StreamName.Parse("a"))).Single().Text);
        await PostAsync("again", StreamName.Parse("a"));
        Assert.Empty(await ReadAsync(stream: StreamName.Parse("d")));
    }

    [Fact]
    public async Task Beyond_the_memory_budget_posts_are_refused_and_what_is_held_stays()
    {
        await RestartAsync(new CapacityOptions { MaxMemoryMegabytes = 1 });
        var held = 0;
        var refused = await Record.ExceptionAsync(async () =>
        {
            for (; held < 3000; held++) await PostAsync(new string('x', 1000), StreamName.Parse($"s{held / 1000}"));
        });
        Assert.Equal(Refusal.Full, Assert.IsType<StreamRefusedException>(refused).Refusal);
        Assert.InRange(held, 500, 1100);
        Assert.Equal(Math.Min(held, 1000), (await ReadAsync(stream: StreamName.Parse("s0"))).Count);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1025));
        Assert.Equal(0, Host.BytesHeld);
        await PostAsync("room again");
    }
}
