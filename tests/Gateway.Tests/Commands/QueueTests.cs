using System.Collections.Concurrent;
using Malten.Streams.Feeds;
using Malten.Streams.Values;
using Malten.Testing.Provider;

namespace Malten.Gateway.Commands;

public sealed class QueueTests
{
    private static readonly StreamName Stream = StreamName.Parse("kitchen");
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Beyond_the_nodes_queue_a_command_is_refused_and_later_taken()
    {
        await using var node = await StartAsync(("MaxConcurrent", "1"), ("MaxWaiting", "3"));
        await node.AskAsync(StreamName.Parse("other"), "first");
        await node.Provider.NextRequestAsync();
        await using var listener = await node.ListenAsync(Stream);
        for (var stream = 0; stream < 3; stream++) await node.AskAsync(StreamName.Parse($"s{stream}"), "waits");
        await AssertBusyAsync(async () => await node.AskAsync(Stream, "one too many"));
        await AssertBusyAsync(async () => await node.SayAsync(Stream, "/malten one too many"));
        Assert.Empty(await node.Broker.ReadAsync(new PageRequest(Stream)));
        _go.SetResult();
        for (var request = 0; request < 3; request++) await node.Provider.NextRequestAsync();
        await node.AskAsync(Stream, "now");
        await listener.NextAnswerAsync();
    }

    [Fact]
    public async Task Beyond_its_share_a_stream_is_refused_and_others_are_not()
    {
        await using var node = await StartAsync(("MaxWaitingPerStream", "2"));
        await node.AskAsync(Stream, "first");
        await node.Provider.NextRequestAsync();
        await node.AskAsync(Stream, "waits");
        await node.AskAsync(Stream, "waits too");
        await AssertBusyAsync(async () => await node.AskAsync(Stream, "one too many"));
        await node.AskAsync(StreamName.Parse("other"), "welcome");
        Assert.Equal("welcome", (await node.Provider.NextRequestAsync()).Prompt);
    }

    [Fact]
    public async Task Whoever_has_most_waiting_in_a_stream_gives_way_to_others()
    {
        await using var node = await StartAsync(("MaxWaitingPerStream", "3"));
        var (ann, bob) = (new ClientKey(1, 1), new ClientKey(2, 2));
        await using var listener = await node.ListenAsync(Stream);
        await node.AskAsync(Stream, "first", ann);
        await node.Provider.NextRequestAsync();
        await node.AskAsync(Stream, "ann's second", ann);
        await node.AskAsync(Stream, "ann's third", ann);
        var last = await node.AskAsync(Stream, "ann's fourth", ann);
        await AssertBusyAsync(() => node.AskAsync(Stream, "ann's fifth", ann));
        await node.AskAsync(Stream, "bob's", bob);
        Assert.Equal(last, (await listener.NextAsync("failed")).GetProperty("Command").GetGuid());
        await AssertBusyAsync(() => node.AskAsync(Stream, "bob's second", bob)); // now it is not much more than he has
        _go.SetResult();
        foreach (var prompt in new[] { "ann's second", "ann's third", "bob's" })
            Assert.Equal(prompt, (await node.Provider.NextRequestAsync()).Prompt);
        Assert.Equal(0, node.Provider.Untaken);
    }

    [Fact]
    public async Task A_network_that_fills_the_nodes_queue_gives_way_to_others_and_its_stream_loses_its_turn()
    {
        await using var node = await StartAsync(("MaxConcurrent", "1"), ("MaxWaiting", "16"));
        await node.AskAsync(StreamName.Parse("other"), "first");
        await node.Provider.NextRequestAsync();
        for (var client = 0; client < 16; client++) await node.AskAsync(StreamName.Parse($"s{client}"), $"{client}", new ClientKey((ulong)client, 7));
        await AssertBusyAsync(() => node.AskAsync(Stream, "one too many", new ClientKey(99, 7)));
        await node.AskAsync(Stream, "from elsewhere", new ClientKey(100, 8));
        _go.SetResult();
        foreach (var prompt in (string[])[.. Enumerable.Range(0, 15).Select(client => $"{client}"), "from elsewhere"])
            Assert.Equal(prompt, (await node.Provider.NextRequestAsync()).Prompt);
    }

    [Fact]
    public async Task A_place_that_was_not_used_is_given_back()
    {
        await using var node = await StartAsync(("MaxWaiting", "1"));
        var pipe = await node.Broker.CreatePipeAsync(TimeToLive.Default);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var refused = await Assert.ThrowsAsync<StreamRefusedException>(
                async () => await node.SayAsync(pipe.Name, "/malten without a seat"));
            Assert.Equal(Refusal.NotYours, refused.Refusal);
        }

        await node.AskAsync(Stream, "hello");
        Assert.Equal("hello", (await node.Provider.NextRequestAsync()).Prompt);
    }

    [Fact]
    public async Task One_command_of_a_stream_is_worked_on_at_a_time_in_the_order_asked()
    {
        await using var node = await StartAsync();
        node.Provider.Reply = FakeReply.Text(request => $"To {request.Prompt}.");
        await using var listener = await node.ListenAsync(Stream);
        for (var number = 0; number < 8; number++) await node.AskAsync(Stream, $"{number}");
        for (var number = 0; number < 8; number++) Assert.Equal($"To {number}.", (await listener.NextAnswerAsync()).Text);
        Assert.Equal(1, node.Provider.MostOpen);
    }

    [Theory]
    [InlineData("MaxConcurrentPerStream", 2, 1)]
    [InlineData("MaxConcurrent", 3, 8)]
    public async Task No_more_are_worked_on_at_a_time_than_allowed(string setting, int most, int streams)
    {
        await using var node = await StartAsync((setting, $"{most}"));
        for (var number = 0; number < 8; number++) await node.AskAsync(StreamName.Parse($"s{number % streams}"), $"{number}");
        for (var number = 0; number < most; number++) await node.Provider.NextRequestAsync();
        _go.SetResult();
        for (var number = most; number < 8; number++) await node.Provider.NextRequestAsync();
        Assert.Equal(most, node.Provider.MostOpen);
    }

    [Fact]
    public async Task Places_taken_and_given_back_by_many_threads_are_counted_right()
    {
        await using var node = await StartAsync(("MaxWaiting", "4"));
        var names = Enumerable.Range(0, 3).Select(number => StreamName.Parse($"s{number}")).ToArray();
        Parallel.For(0, 200_000, number =>
        {
            if (node.Responder.TryReserve(names[number % 3], default, out _)) node.Responder.Release(names[number % 3], default);
        });
        Assert.Equal([true, true, true, true, false], Enumerable.Range(0, 5).Select(number => node.Responder.TryReserve(Stream, default, out _)));
    }

    [Fact]
    public async Task A_full_queue_keeps_no_failure_from_being_said()
    {
        await using var node = await StartAsync(("MaxConcurrent", "1"), ("MaxWaiting", "1"));
        node.Provider.Reply = async (context, request) =>
        {
            await _go.Task;
            await FakeReply.Status(500)(context, request);
        };
        await using var listener = await node.ListenAsync(Stream);
        await node.SayAsync(Stream, "/malten first");
        await listener.NextAsync("message");
        await node.Provider.NextRequestAsync();
        await node.AskAsync(StreamName.Parse("other"), "waits");
        _go.SetResult();
        await listener.NextAsync("failed");
    }

    [Fact]
    public async Task Streams_take_turns()
    {
        await using var node = await StartAsync(("MaxConcurrent", "1"));
        await node.AskAsync(StreamName.Parse("other"), "first");
        await node.Provider.NextRequestAsync();
        for (var number = 0; number < 4; number++) await node.AskAsync(StreamName.Parse("talker"), $"talker {number}");
        await node.AskAsync(StreamName.Parse("shy"), "shy");
        _go.SetResult();
        Assert.Equal("talker 0", (await node.Provider.NextRequestAsync()).Prompt);
        Assert.Equal("shy", (await node.Provider.NextRequestAsync()).Prompt);
        Assert.Equal("talker 1", (await node.Provider.NextRequestAsync()).Prompt);
    }

    [Fact]
    public async Task Under_many_askers_every_command_taken_is_answered_once()
    {
        await using var node = await StartAsync(("MaxConcurrentPerStream", "2"), ("MaxWaiting", "16"));
        node.Provider.Reply = FakeReply.Text("Yes.");
        var names = Enumerable.Range(0, 5).Select(number => StreamName.Parse($"s{number}")).ToArray();
        var listeners = await Task.WhenAll(names.Select(name => node.ListenAsync(name)));
        var taken = new ConcurrentBag<(Guid Command, int Stream)>();
        await Parallel.ForAsync(0, 400, async (number, _) =>
        {
            try
            {
                taken.Add((await node.AskAsync(names[number % 5], "Is it?"), number % 5));
            }
            catch (StreamRefusedException refused) when (refused.Refusal == Refusal.Busy)
            {
                await Task.Yield();
            }
        });
        var answered = new List<Guid>();
        foreach (var (_, stream) in taken) answered.Add((await listeners[stream].NextAnswerAsync()).ReplyTo!.Value);
        await node.StopAsync();
        Assert.Equal(taken.Select(command => command.Command).Order(), answered.Order());
        Assert.All(listeners, listener => Assert.DoesNotContain("message", listener.Rest()));
        Assert.NotEqual(400, taken.Count);
    }

    private static async Task AssertBusyAsync(Func<Task> act) =>
        Assert.Equal(Refusal.Busy, (await Assert.ThrowsAsync<StreamRefusedException>(act)).Refusal);

    private async Task<ChatNode> StartAsync(params (string Name, string Value)[] bounds)
    {
        var node = await ChatNode.StartAsync([.. bounds.Select(bound => ($"Malten:Chat:{bound.Name}", bound.Value))]);
        node.Provider.Reply = FakeReply.After(_go.Task);
        return node;
    }
}
