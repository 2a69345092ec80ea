using Malten.Streams;
using Malten.Streams.Values;

namespace Malten.Testing;

public abstract partial class BrokerSuite<THost>
{
    [Fact]
    public async Task Without_last_only_what_comes_from_now_on()
    {
        await PostAsync("before");
        await using var listener = await ListenAsync();
        await PostAsync("after");
        await listener.UntilAsync("after");
        Assert.Equal(["after"], listener.Said);
    }

    [Fact]
    public async Task With_last_first_what_is_held_after_it_then_live()
    {
        var one = await PostAsync("one");
        await PostAsync("two");
        await using var listener = await ListenAsync(one.Created);
        await PostAsync("three");
        await listener.UntilAsync("three");
        Assert.Equal(["two", "three"], listener.Said);
        Assert.Equal(listener.Heard[^1].Payload.GetProperty("Created").GetInt64().ToString(), listener.Cursor);
    }

    [Fact]
    public async Task Resuming_at_the_newest_message_is_no_gap()
    {
        var newest = await PostAsync("one");
        await using var listener = await ListenAsync(newest.Created);
        await PostAsync("two");
        await listener.UntilAsync("two");
        Assert.Equal(["two"], listener.Said);
    }

    [Fact]
    public async Task From_zero_all_that_is_held_without_a_gap()
    {
        await PostAsync("one");
        await PostAsync("two");
        await using var listener = await ListenAsync(Timestamp.None);
        await listener.UntilAsync("two");
        Assert.Equal(["one", "two"], listener.Said);
    }

    [Fact]
    public async Task A_gap_where_messages_after_last_were_evicted()
    {
        var created = new List<Timestamp>();
        for (var i = 0; i < 1030; i++) created.Add((await PostAsync($"{i}")).Created);

        await using var missed = await ListenAsync(created[4]);
        await missed.UntilAsync("1029");
        Assert.Equal(["[gap]", "6", "7"], missed.Said.Take(3));
        await using var whole = await ListenAsync(created[5]);
        await whole.UntilAsync("1029");
        Assert.Equal(["6", "7"], whole.Said.Take(2));
        Assert.Equal(Name.Value, missed.Heard.First(heard => heard.Said == "[gap]").Payload.GetProperty("Stream").GetString());
    }

    [Fact]
    public async Task A_gap_where_last_is_newer_than_anything_held_then_all_that_is_held()
    {
        var newest = await PostAsync("one");
        await using var listener = await ListenAsync(new Timestamp(newest.Created.Nanoseconds + 1024));
        await listener.UntilAsync("one");
        Assert.Equal(["[gap]", "one"], listener.Said);
    }

    [Fact]
    public async Task A_gap_where_the_stream_has_expired()
    {
        var last = await PostAsync("one");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1025));
        await using var gone = await ListenAsync(last.Created);
        await gone.UntilAsync("[gap]");
        await PostAsync("two");
        await using var later = await ListenAsync(last.Created);
        await later.UntilAsync("two");
        Assert.Equal(["[gap]", "two"], later.Said);
        await gone.UntilAsync("two");
        Assert.Equal(["[gap]", "two"], gone.Said);
    }

    [Fact]
    public async Task A_reader_that_the_ring_has_passed_skips_ahead_with_a_gap()
    {
        await using var slow = await ListenAsync();
        await PostAsync("0");
        await slow.UntilAsync("0");
        for (var i = 1; i < 1100; i++) await PostAsync($"{i}");
        await slow.UntilAsync("1099");
        var said = slow.Said.ToList();
        Assert.Contains("[gap]", said);
        var rest = said.Skip(said.IndexOf("[gap]") + 1).ToList();
        Assert.InRange(rest.Count, 1024, 1099); // in a cluster the last may come while the first are read
        Assert.Equal(Enumerable.Range(1100 - rest.Count, rest.Count).Select(i => $"{i}"), rest);
    }

    [Fact]
    public async Task Only_messages_carry_a_cursor()
    {
        await using var listener = await ListenAsync(user: "ann");
        await Broker.SendCommandAsync(Name, "what?");
        await PostAsync("one");
        await listener.UntilAsync("one");
        Assert.All(listener.Heard, heard => Assert.Equal(heard.Type == "message", heard.Id is not null));
        Assert.Contains("[command what?]", listener.Said);
    }

    [Fact]
    public async Task One_connection_hears_several_streams_and_resumes_each()
    {
        var other = StreamName.Parse(Name.Value + "-other");
        var never = StreamName.Parse(Name.Value + "-never");
        await PostAsync("before", other);
        StreamAddress[] streams = [Name, other, never];
        Listening first;
        await using (first = new Listening(await Broker.ListenAsync(new ListenRequest { Streams = streams })))
        {
            await PostAsync("a1");
            await first.UntilAsync("a1");
            await PostAsync("b1", other);
            await first.UntilAsync("b1");
        }

        Assert.Equal(["a1", "b1"], first.Said);
        var positions = first.Cursor!.Split(',').Select(long.Parse).ToList();
        Assert.Equal([first.Heard.First(heard => heard.Said == "a1").Payload.GetProperty("Created").GetInt64(),
            first.Heard.First(heard => heard.Said == "b1").Payload.GetProperty("Created").GetInt64(), 0], positions);

        await PostAsync("a2");
        await PostAsync("b2", other);
        await PostAsync("c1", never);
        await using var second = new Listening(await Broker.ListenAsync(
            new ListenRequest { Streams = streams, Last = [.. positions.Select(position => new Timestamp(position))] }));
        await second.UntilAsync(listening => listening.Said.Count() >= 3);
        Assert.Equal(["a2", "b2", "c1"], second.Said.Order());
    }

    [Fact]
    public async Task Listeners_that_come_and_go_miss_nothing_and_hear_nothing_twice()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        const int Posts = 900;
        var posting = Task.WhenAll(Enumerable.Range(0, 3).Select(poster => Task.Run(async () =>
        {
            for (var i = 0; i < Posts / 3; i++) await PostAsync(Host.Brokers[poster % Host.Brokers.Count], $"{poster}.{i}");
        })));
        var restless = Enumerable.Range(0, 4).Select(index => Task.Run(async () =>
        {
            var random = new Random(seed + index);
            var heard = new List<string>();
            var last = Timestamp.None;
            while (heard.Count < Posts)
            {
                await using var listener = await ListenAsync(Host.Brokers[random.Next(Host.Brokers.Count)], last);
                var enough = Math.Min(Posts - heard.Count, random.Next(1, 120));
                await listener.UntilAsync(listening => listening.Said.Count() >= enough);
                heard.AddRange(listener.Said);
                last = new Timestamp(long.Parse(listener.Cursor!));
            }

            return heard;
        })).ToList();

        await posting;
        var order = (await TextsAsync()).ToList();
        foreach (var listener in restless) Assert.True(order.SequenceEqual(await listener), $"seed {seed}");
    }
}
