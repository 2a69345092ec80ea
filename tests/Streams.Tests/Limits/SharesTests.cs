using System.Buffers;
using System.Text;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests.Limits;

/// <summary>While there is room, nobody notices anybody. When it is scarce, whoever holds most gives way.</summary>
public sealed class SharesTests : IDisposable
{
    private const int Budget = 1024 * 1024;
    private static readonly ClientKey Loud = new(1, 1);
    private static readonly ClientKey Quiet = new(2, 2);
    private static readonly string Long = "enc2." + new string('A', 5499);

    private static readonly string[] Members = ["Text", "Name", "Prompt"];

    private readonly FakeTime _time = new();
    private readonly Capacity _capacity = new(new CapacityOptions { MaxStreams = 200, MaxListeners = 10, MaxMemoryMegabytes = 1 });
    private readonly LocalBroker _broker;

    public SharesTests() => _broker = new LocalBroker(_capacity, _time);

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task Whoever_holds_most_is_refused_and_others_are_not()
    {
        await FillAsync(Loud);
        Assert.Contains("nobody holds more", (await RefusedAsync(() => PostAsync(Loud, "loud"))).Message, StringComparison.Ordinal);
        for (var i = 0; i < 50; i++) await PostAsync(Quiet, $"quiet{i % 5}", $"{i} {new string('x', 900)}");
        for (var i = 0; i < 5; i++) Assert.Equal(10, (await PageAsync($"quiet{i}")).Count);
        Assert.True(_capacity.Bytes <= Budget);
        await RefusedAsync(async () =>
        {
            while (true) await PostAsync(Loud, "loud");
        });
        for (var i = 0; i < 5; i++) Assert.Equal(10, (await PageAsync($"quiet{i}")).Count);
    }

    [Fact]
    public async Task The_oldest_messages_of_whoever_holds_most_go_first_and_its_listeners_are_told()
    {
        await PostAsync(Quiet, "shared", "first");
        await using var reader = await ListenAsync(Quiet, "shared", Timestamp.None);
        Assert.Equal(["first"], Texts(reader));
        for (var i = 0; i < 3; i++) await PostAsync(Loud, "shared", $"loud {i}");
        await PostAsync(Quiet, "shared", "between");
        await PostAsync(Loud, "shared", "loud 3");
        await FillAsync(Loud);
        await PostAsync(Quiet, "shared", "last");
        Assert.Equal(["first", "between", "last"], Texts(await PageAsync("shared")));
        Assert.Equal(["gap", "between", "gap", "last"], Texts(reader));
        var page = await _broker.ReadAsync(new PageRequest(Address("shared"), 2, PageDirection.Backward));
        Assert.Equal(["last", "between"], Texts(page));
        page = await _broker.ReadAsync(new PageRequest(Address("shared"), 1, PageDirection.Forward, (await PageAsync("shared"))[0].Timestamp));
        Assert.Equal(["between"], Texts(page));
        await using var later = await ListenAsync(Quiet, "shared", (await PageAsync("shared"))[0].Timestamp);
        Assert.Equal(["gap", "between", "gap", "last"], Texts(later));
    }

    [Fact]
    public async Task A_repeated_post_of_a_message_that_had_to_give_way_is_recognized()
    {
        var draft = Draft(Loud, "s", "said once") with { Id = Guid.NewGuid() };
        var first = await _broker.AppendAsync(draft);
        await FillAsync(Loud);
        await PostAsync(Quiet, "t");
        Assert.DoesNotContain(await PageAsync("s"), message => message.Id == draft.Id);
        var again = await _broker.AppendAsync(draft with { Client = Quiet });
        Assert.Equal((first.Id, first.Timestamp), (again.Id, again.Timestamp));
        Assert.Equal(Encoding.UTF8.GetString(first.Bytes), Encoding.UTF8.GetString(again.Bytes));
        Assert.DoesNotContain(await PageAsync("s"), message => message.Id == draft.Id);
    }

    [Fact]
    public async Task After_its_messages_the_streams_of_whoever_holds_most_give_way()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 1 });
        using var broker = new LocalBroker(capacity, _time);
        await RefusedAsync(async () =>
        {
            for (var i = 0; ; i++) await broker.CreateAsync(Settings(Loud, $"loud{i}"));
        });
        for (var i = 0; i < 20; i++) await broker.CreateAsync(Settings(Quiet, $"quiet{i}"));
        var names = (await broker.ListAsync("", 2000)).Select(listing => listing.Name).ToList();
        Assert.Equal(20, names.Count(name => name.StartsWith("quiet", StringComparison.Ordinal)));
        Assert.DoesNotContain("loud0", names); // the oldest
        Assert.True(capacity.Bytes <= Budget);
    }

    [Fact]
    public async Task Where_no_stream_may_begin_the_oldest_give_way_of_whoever_has_most()
    {
        for (var i = 0; i < 200; i++) await _broker.CreateAsync(Settings(Loud, $"loud{i}"));
        await using var listener = await ListenAsync(Quiet, "loud0", null);
        Assert.Contains("streams", (await RefusedAsync(() => _broker.CreateAsync(Settings(Loud, "more")).AsTask())).Message, StringComparison.Ordinal);
        await _broker.CreateAsync(Settings(Quiet, "begun"));
        await PostAsync(Quiet, "posted");
        await _broker.CreatePipeAsync(TimeToLive.Default, Quiet);
        Assert.Equal((200, 197, 3), (_capacity.Streams, _capacity.Shares.Held(Loud, Resource.Streams), _capacity.Shares.Held(Quiet, Resource.Streams)));
        Assert.Contains("expired", Texts(listener));
        await _broker.CreateAsync(Settings(Quiet, "loud0")); // its name is free
    }

    [Fact]
    public void Streams_that_gave_way_leave_nothing_behind_until_they_would_have_ended()
    {
        using var expiry = new ExpiryQueue(_time, _ => { });
        var streams = Enumerable.Range(0, 200).Select(i => new MessageStream(StreamName.Parse($"s{i}"), _capacity, _time)).ToList();
        foreach (var stream in streams)
        {
            stream.Begin(new StreamSettings(stream.Name, true, TimeToLive.FromSeconds(86_400)));
            expiry.Watch(stream);
        }

        foreach (var stream in streams.Take(190)) expiry.Forget(stream);
        Assert.InRange(expiry.Count, 10, 100);
        _time.Advance(TimeSpan.FromDays(1.1));
        Assert.Equal(0, expiry.Count);
        foreach (var stream in streams) stream.Dispose();
    }

    [Fact]
    public async Task A_stream_in_which_others_have_spoken_does_not_end_for_want_of_room()
    {
        await _broker.CreateAsync(Settings(Loud, "everybody's"));
        await PostAsync(Quiet, "everybody's", "hello");
        for (var i = 1; i < 200; i++) await _broker.CreateAsync(Settings(Loud, $"loud{i}"));
        for (var i = 0; i < 50; i++) await _broker.CreateAsync(Settings(Quiet, $"quiet{i}"));
        Assert.Equal(["hello"], Texts(await PageAsync("everybody's")));
    }

    [Fact]
    public async Task Not_even_with_an_accomplice_does_anybody_keep_all_streams()
    {
        for (var i = 0; i < 200; i++)
        {
            await _broker.CreateAsync(Settings(Loud, $"loud{i}"));
            await PostAsync(new ClientKey(3, 3), $"loud{i}", "x");
        }

        for (var i = 0; i < 50; i++) await _broker.CreateAsync(Settings(Quiet, $"quiet{i}"));
        Assert.Empty(await PageAsync("loud0"));
        Assert.Equal(50, _capacity.Shares.Held(Quiet, Resource.Streams));
    }

    [Fact]
    public async Task Commands_that_slow_listeners_have_not_heard_give_way_first_and_the_listeners_are_told()
    {
        var prompt = new string('x', 1024);
        await using var slow = await ListenAsync(Quiet, "s", null);
        await PostAsync(Loud, "s", "loud");
        for (var i = 0; i < 64; i++) await _broker.SendCommandAsync(Address("s"), prompt, Loud);
        var commands = _capacity.Shares.Held(Loud, Resource.Bytes);
        Assert.InRange(commands, 64 * 1024, 80 * 1024);
        while (_capacity.Bytes < Budget - (Budget / 64)) await PostAsync(new ClientKey((ulong)_capacity.Bytes, (ulong)_capacity.Bytes), "others");
        await _broker.SendCommandAsync(Address("t"), prompt, Quiet);
        Assert.InRange(_capacity.Shares.Held(Loud, Resource.Bytes), 0, commands - (32 * 1024));
        Assert.Equal(["loud"], Texts(await PageAsync("s")));
        Assert.Contains("gap", Texts(slow));
    }

    [Fact]
    public async Task A_listener_of_whoever_has_most_makes_place_for_one_of_another_the_youngest_first()
    {
        var loud = new List<FeedReader>();
        for (var i = 0; i < 10; i++) loud.Add(await ListenAsync(Loud, "s", null));
        Assert.Contains("listeners", (await RefusedAsync(() => ListenAsync(Loud, "s", null))).Message, StringComparison.Ordinal);
        var quiet = new List<FeedReader> { await ListenAsync(Quiet, "s", null), await ListenAsync(Quiet, "s", null) };
        await Eventually(() => loud[8].IsDismissed && loud[9].IsDismissed);
        Assert.DoesNotContain(loud.Take(8), reader => reader.IsDismissed);
        Assert.Equal((10, 8, 2), (_capacity.Listeners, _capacity.Shares.Held(Loud, Resource.Listeners), _capacity.Shares.Held(Quiet, Resource.Listeners)));
        await RefusedAsync(() => ListenAsync(Loud, "s", null)); // it has most, and may not take a place back
        await loud[9].WaitAsync(); // wakes, to be told
        foreach (var reader in loud.Concat(quiet)) await reader.DisposeAsync();
        AssertNothingIsCounted();
    }

    [Fact]
    public async Task Of_two_who_have_about_as_many_listeners_none_takes_places_from_the_other()
    {
        for (var i = 0; i < 5; i++) await ListenAsync(Loud, "s", null);
        for (var i = 0; i < 5; i++) await ListenAsync(Quiet, "s", null);
        await RefusedAsync(() => ListenAsync(Loud, "s", null));
        await RefusedAsync(() => ListenAsync(Quiet, "s", null));
    }

    [Fact]
    public async Task Where_everybody_has_one_listener_nobody_takes_a_place_from_another()
    {
        var readers = new List<FeedReader>();
        for (var i = 0UL; i < 10; i++) readers.Add(await ListenAsync(new ClientKey(10 + i, 10 + i), "s", null));
        await RefusedAsync(() => ListenAsync(Quiet, "s", null));
        Assert.DoesNotContain(readers, reader => reader.IsDismissed);
    }

    [Fact]
    public async Task However_many_listen_there_is_room_for_what_they_want_to_hear()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 1 });
        using var broker = new LocalBroker(capacity, _time);
        var readers = new List<FeedReader>();
        Assert.Contains("listeners", (await RefusedAsync(async () =>
        {
            while (true) readers.Add(await ListenAsync(broker, Client(readers.Count)));
        })).Message, StringComparison.Ordinal);
        await RefusedAsync(async () =>
        {
            while (true) await PostAsync(broker, Loud, Long);
        });
        for (var i = 0; i < 20; i++) await PostAsync(broker, i % 2 == 0 ? Quiet : Client(0), $"{i}");
        Assert.Equal(20, Texts(await broker.ReadAsync(new PageRequest(Address("s"), 1024))).Count(text => text != Long));
        Assert.DoesNotContain(readers, reader => reader.IsDismissed);
        Assert.True(capacity.Bytes <= Budget);
        foreach (var reader in readers) await reader.DisposeAsync();
        readers.Clear();
        for (var i = 0; i < 40; i++) readers.Add(await ListenAsync(broker, Client(i))); // the room of those who have left
        foreach (var reader in readers) await reader.DisposeAsync();
    }

    [Fact]
    public void Where_listeners_have_taken_their_memory_the_youngest_of_whoever_has_most_gives_way()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 1 });
        for (var i = 0; i < 20; i++) capacity.AddListener(1, Client(i));
        for (var i = 0; i < 24; i++) capacity.AddListener(1, Loud);
        Assert.Throws<StreamRefusedException>(() => capacity.AddListener(1, Loud));
        capacity.AddListener(32, Quiet); // takes as much as three
        Assert.Equal((21, 1), (capacity.Shares.Held(Loud, Resource.Listeners), capacity.Shares.Held(Quiet, Resource.Listeners)));
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(1, capacity.Shares.Held(Client(i), Resource.Listeners)));
    }

    [Fact]
    public void Whoever_has_a_single_listener_keeps_it_when_the_memory_is_full()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 1 });
        var places = new List<Place>();
        for (var i = 0; i < 30; i++) places.Add(capacity.AddListener(1, Client(i)));
        places.Add(capacity.AddListener(1, Client(0)));
        capacity.ChangeBytes(Budget + (Budget / 8) - capacity.Bytes);
        capacity.AddListener(1, Quiet).Dispose(); // from the only one that has two
        Assert.Equal((30, 1), (capacity.Listeners, capacity.Shares.Held(Client(0), Resource.Listeners)));
        capacity.ChangeBytes(20 * 1024);
        Assert.Throws<StreamRefusedException>(() => capacity.AddListener(1, Quiet));
        capacity.MakeRoom(Quiet, begins: false);
        Assert.Equal((30, 0), (capacity.Listeners, Enumerable.Range(0, 30).Sum(i => capacity.Shares.Held(Client(i), Resource.Bytes))));
        foreach (var place in places) place.Dispose();
        Assert.Equal((0, 0), (capacity.Listeners, capacity.Shares.Clients));
    }

    [Fact]
    public void A_newcomer_weighs_as_much_as_its_network()
    {
        var capacity = new Capacity(new CapacityOptions { MaxListeners = 32 });
        for (var i = 0UL; i < 26; i++) capacity.AddListener(1, new ClientKey(10 + i, 7));
        for (var i = 0; i < 6; i++) capacity.AddListener(1, Loud);
        Assert.Throws<StreamRefusedException>(() => capacity.AddListener(1, new ClientKey(50, 7))); // it is of a crowd, as large as three
        capacity.AddListener(1, new ClientKey(51, 8));
        Assert.Equal(5, capacity.Shares.Held(Loud, Resource.Listeners));
    }

    [Fact]
    public void Where_memory_is_full_a_network_of_clients_with_one_listener_each_gives_way_to_whoever_comes_from_elsewhere()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 16 });
        for (var i = 0; i < 20; i++) capacity.AddListener(1, Client(i));
        Come(10_000);
        for (var i = 20; i < 40; i++) capacity.AddListener(i % 2 == 0 ? 1 : 32, Client(i));
        Come(20_000);
        Assert.All(Enumerable.Range(0, 40), i => Assert.Equal(1, capacity.Shares.Held(Client(i), Resource.Listeners)));

        void Come(ulong first)
        {
            for (var client = first; client < first + 400; client++)
            {
                try
                {
                    capacity.AddListener(32, new ClientKey(client, 7));
                }
                catch (StreamRefusedException)
                {
                    // no room for more of them
                }
            }
        }
    }

    [Fact]
    public void And_to_none_of_its_own_clients_which_would_displace_each_other_for_ever()
    {
        var capacity = new Capacity(new CapacityOptions { MaxMemoryMegabytes = 16 });
        var came = 0;
        Assert.Throws<StreamRefusedException>(Fill);
        Assert.InRange(came, 100, 1000);
        Assert.All(Enumerable.Range(0, came - 1), client => Assert.Equal(1, capacity.Shares.Held(Neighbour(client), Resource.Listeners)));

        void Fill()
        {
            while (came < 2000) capacity.AddListener(1, Neighbour(came++));
        }
    }

    [Fact]
    public void Of_neighbours_only_whoever_has_several_gives_way_to_another()
    {
        var capacity = new Capacity(new CapacityOptions { MaxListeners = 2000 });
        foreach (var client in Enumerable.Range(0, 1998).Concat([5, 5, 3000])) capacity.AddListener(1, Neighbour(client));
        Assert.InRange(capacity.Shares.Held(Neighbour(5), Resource.Listeners), 1, 2);
        Assert.All(Enumerable.Range(0, 1998).Append(3000).Where(client => client != 5),
            client => Assert.Equal(1, capacity.Shares.Held(Neighbour(client), Resource.Listeners)));
    }

    private static ClientKey Neighbour(int client) => new((ulong)(1000 + client), 7);

    [Fact]
    public async Task Those_who_find_no_room_at_the_same_time_make_it_once()
    {
        await FillAsync(Loud);
        var held = _capacity.Bytes;
        using var start = new Barrier(16);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Factory.StartNew(() =>
        {
            start.SignalAndWait();
            _capacity.MakeRoom(new ClientKey(50 + (ulong)i, 50 + (ulong)i), begins: false);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.InRange(held - _capacity.Bytes, 1, (2 * Budget / 64) + 12 * 1024);
    }

    [Fact]
    public void A_stream_that_could_not_give_way_is_asked_again_the_next_time()
    {
        using var stream = new MessageStream(StreamName.Parse("busy"), _capacity, _time, _ => { });
        Assert.True(stream.TryStage(Draft(Loud, "busy", "under way"), out var staged));
        _capacity.Shares.MakeRoom(Resource.Streams, () => 1, Quiet);
        Assert.True(stream.IsInUse);
        stream.Commit(staged);
        _capacity.Shares.MakeRoom(Resource.Streams, () => 1, Quiet);
        Assert.False(stream.IsInUse);
    }

    [Fact]
    public async Task A_stream_that_holds_nothing_and_is_talked_in_gives_way_after_one_that_nobody_uses()
    {
        await _broker.CreateAsync(Settings(Loud, "room") with { Keep = Retention.None });
        await _broker.CreateAsync(Settings(Loud, "unused"));
        await using var one = await ListenAsync(Quiet, "room", null);
        await using var other = await ListenAsync(new ClientKey(3, 3), "room", null);
        _capacity.Shares.MakeRoom(Resource.Streams, () => 1, Quiet);
        Assert.Equal(["room"], (await _broker.ListAsync("", 10)).Select(stream => stream.Name));
    }

    [Fact]
    public async Task Whoever_has_read_all_misses_nothing_when_commands_give_way()
    {
        await using var quick = await ListenAsync(Quiet, "s", null);
        await using var slow = await ListenAsync(new ClientKey(3, 3), "s", null);
        var prompts = Enumerable.Range(0, 12).Select(i => $"{i} {new string('漢', 1000)}").ToList();
        foreach (var prompt in prompts) await _broker.SendCommandAsync(Address("s"), prompt, Loud);
        Assert.Equal(prompts, Texts(quick));
        _capacity.Shares.MakeRoom(Resource.Bytes, () => 1, Quiet);
        Assert.Empty(Texts(quick));
        Assert.Equal(["gap"], Texts(slow));
    }

    [Fact]
    public async Task A_refused_request_takes_nothing_from_anybody()
    {
        await _broker.CreateAsync(Settings(Quiet, "taken"));
        var pipe = await _broker.CreatePipeAsync(TimeToLive.Default, Quiet);
        await FillAsync(Loud);
        var held = _capacity.Shares.Held(Loud, Resource.Bytes);
        await Assert.ThrowsAsync<StreamRefusedException>(() => _broker.CreateAsync(Settings(Quiet, "taken")).AsTask());
        await Assert.ThrowsAsync<StreamRefusedException>(() => PostAsync(Quiet, pipe.Name.Value));
        await Assert.ThrowsAsync<StreamRefusedException>(() => _broker.SendCommandAsync(new StreamAddress(pipe.Name, "no"), "?", Quiet).AsTask());
        Assert.Equal(held, _capacity.Shares.Held(Loud, Resource.Bytes));
    }

    [Fact]
    public async Task A_crowd_of_one_network_weighs_as_one_against_a_client_from_elsewhere()
    {
        for (var i = 0; i < 2000; i++)
        {
            try
            {
                await PostAsync(new ClientKey(100 + ((ulong)i % 250), 7), $"crowd{i % 150}", new string('x', 1000));
            }
            catch (StreamRefusedException)
            {
                // They take room from each other, and the largest of them is refused.
            }
        }

        Assert.True(_capacity.Bytes > Budget - (Budget / 16));
        // The one from elsewhere holds more than any of the crowd.
        for (var i = 0; i < 60; i++) await PostAsync(Quiet, "quiet", $"{i} {new string('x', 900)}");
        Assert.Equal(60, (await PageAsync("quiet")).Count);
        Assert.True(_capacity.Shares.Held(Quiet, Resource.Bytes) > 10 * _capacity.Shares.Held(new ClientKey(100, 7), Resource.Bytes));
        // And a neighbour of the crowd that holds nothing is served, too.
        await PostAsync(new ClientKey(3, 7), "neighbour");
        await RefusedAsync(async () =>
        {
            for (var i = 0; ; i++) await PostAsync(new ClientKey(100, 7), $"more{i}", new string('x', 1000));
        });
        Assert.Equal(60, (await PageAsync("quiet")).Count);
    }

    [Fact]
    public async Task While_there_is_room_nobody_gives_way()
    {
        await FillAsync(Loud, Budget / 2);
        var held = (await PageAsync("loud")).Count;
        for (var i = 0; i < 50; i++) await PostAsync(Quiet, $"quiet{i}");
        Assert.Equal(held, (await PageAsync("loud")).Count);
    }

    private async Task FillAsync(ClientKey client, long until = Budget)
    {
        try
        {
            while (_capacity.Bytes < until) await PostAsync(client, client == Loud ? "loud" : "quiet", Long);
        }
        catch (StreamRefusedException)
        {
            // full
        }
    }

    private void AssertNothingIsCounted() => Assert.Equal(
        (0, 0, 0, 0, 0), (_capacity.Bytes, _capacity.Streams, _capacity.Listeners, _capacity.Shares.Clients, _capacity.Shares.Networks));

    private static ClientKey Client(int number) => new(100 + (ulong)number, 100 + (ulong)number);

    private static async Task<FeedReader> ListenAsync(LocalBroker broker, ClientKey client) =>
        await broker.ListenAsync(new ListenRequest { Streams = [Address("s")], Client = client });

    private static async Task PostAsync(LocalBroker broker, ClientKey client, string text) => await broker.AppendAsync(Draft(client, "s", text));

    private Task<Frame> PostAsync(ClientKey client, string stream, string? text = null) =>
        _broker.AppendAsync(Draft(client, stream, text ?? Long)).AsTask();

    private async Task<FeedReader> ListenAsync(ClientKey client, string stream, Timestamp? last) => await _broker.ListenAsync(
        new ListenRequest { Streams = [Address(stream)], Last = last is { } heard ? [heard] : null, Client = client });

    private async Task<IReadOnlyList<Frame>> PageAsync(string stream) => await _broker.ReadAsync(new PageRequest(Address(stream), 1024));

    private static Draft Draft(ClientKey client, string stream, string text) =>
        new() { Address = Address(stream), Text = MessageText.Parse(text), Client = client };

    private static StreamSettings Settings(ClientKey client, string stream) =>
        new(StreamName.Parse(stream), false, TimeToLive.Default) { Client = client };

    private static StreamAddress Address(string stream) => new(StreamName.Parse(stream), null);

    private static async Task<StreamRefusedException> RefusedAsync(Func<Task> act)
    {
        var refused = await Assert.ThrowsAsync<StreamRefusedException>(act);
        Assert.Equal(Refusal.Full, refused.Refusal);
        return refused;
    }

    private static async Task Eventually(Func<bool> happened)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        while (!happened()) await Task.Delay(1, patience.Token);
    }

    /// <summary>The texts of messages, the names of events and the prompts of commands, presence left out.</summary>
    private static List<string> Texts(FeedReader reader)
    {
        var output = new ArrayBufferWriter<byte>();
        while (reader.Read(output, 64 * 1024).Bytes > 0)
        {
        }

        return [.. Encoding.UTF8.GetString(output.WrittenSpan).Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
            .Select(line => System.Text.Json.JsonElement.Parse(line["data: ".Length..]).GetProperty("Payload"))
            .Select(payload => payload.GetProperty(Members.First(name => payload.TryGetProperty(name, out _))).GetString()!)
            .Where(text => text != "presence")];
    }

    private static List<string> Texts(IEnumerable<Frame> page) => [.. page.Select(message =>
        System.Text.Json.JsonElement.Parse(Encoding.UTF8.GetString(message.Payload.Span)).GetProperty("Text").GetString()!)];
}
