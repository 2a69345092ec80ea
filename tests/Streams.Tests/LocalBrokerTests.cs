using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests;

/// <summary>The rules of streams, kept in one process; and what only the local broker promises.</summary>
public sealed class LocalBrokerTests : BrokerSuite<LocalBrokerHost>
{
    private LocalBroker Local => (LocalBroker)Host.Broker;

    [Fact]
    public async Task A_full_queue_of_commands_refuses_and_changes_nothing()
    {
        var responder = new FakeResponder(places: 1);
        await RestartAsync(new CapacityOptions(), responder);
        await using var listener = await ListenAsync();
        await Broker.SendCommandAsync(Name, "one");
        await RefusedAsync(Refusal.Busy, () => Broker.SendCommandAsync(Name, "two").AsTask());
        await RefusedAsync(Refusal.Busy, () => PostAsync("/malten three"));
        await PostAsync("end");
        await listener.UntilAsync("end");
        Assert.Equal(["[command one]", "end"], listener.Said);
    }

    [Fact]
    public async Task A_repeated_post_of_a_command_is_answered_though_the_queue_is_full()
    {
        await RestartAsync(new CapacityOptions(), new FakeResponder(places: 1));
        var id = Guid.CreateVersion7();
        var first = await PostAsync("/malten one", id: id);
        Assert.Equal(first, await PostAsync("/malten one", id: id));
        await RefusedAsync(Refusal.Busy, () => PostAsync("/malten two"));
    }

    [Fact]
    public async Task A_refused_command_gives_its_place_back()
    {
        var responder = new FakeResponder(places: 1);
        await RestartAsync(new CapacityOptions(), responder);
        await RefusedAsync(Refusal.NotYours, () => Broker.SendCommandAsync(new StreamAddress(Name, "wrong"), "one").AsTask());
        await RefusedAsync(Refusal.NotYours, () => PostAsync("/malten one", seat: "wrong"));
        Assert.Equal(0, responder.Reserved);
    }

    [Fact]
    public async Task An_idle_node_sets_one_timer_however_many_streams_it_holds()
    {
        for (var i = 0; i < 1000; i++) await PostAsync("hello", StreamName.Parse($"{Name.Value}-{i}"));
        Assert.Equal(1, Host.Time.ActiveTimers);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1025));
        Assert.Equal(0, Host.StreamsHeld);
        Assert.Equal(0, Host.Time.ActiveTimers);
    }

    [Fact]
    public async Task Streams_and_pipes_to_which_nobody_posts_end_too()
    {
        await Broker.CreateAsync(new StreamSettings(Name, false, TimeToLive.FromSeconds(2)));
        await Broker.CreatePipeAsync(TimeToLive.FromSeconds(3));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(2.1));
        Assert.Equal(1, Host.StreamsHeld);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(0, Host.StreamsHeld);
    }

    [Fact]
    public async Task A_wall_clock_set_back_neither_reorders_nor_prolongs()
    {
        var before = await PostAsync("before");
        Host.Time.Correct(TimeSpan.FromHours(-1));
        var after = await PostAsync("after");
        Assert.True(after.Created > before.Created);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1023));
        Assert.Equal(["before", "after"], await TextsAsync());
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1.1));
        Assert.Empty(await TextsAsync());
    }

    [Fact]
    public async Task A_stream_begun_anew_with_a_shorter_life_ends_by_that()
    {
        await using var listener = await ListenAsync(); // the name stays known
        await Broker.CreateAsync(new StreamSettings(Name, false, TimeToLive.FromSeconds(10)));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(10.1));
        await Broker.CreateAsync(new StreamSettings(Name, false, TimeToLive.FromSeconds(2)));
        await PostAsync("hello");
        await Host.AdvanceAsync(TimeSpan.FromSeconds(2.1));
        await listener.UntilAsync(listening => listening.Said.Count(said => said == "[expired]") == 2);
        Assert.Equal(0, Host.StreamsHeld);
    }

    [Fact]
    public async Task Refused_requests_leave_no_name_behind()
    {
        for (var i = 0; i < 100; i++)
            await RefusedAsync(Refusal.NotYours, () => PostAsync("no", StreamName.Parse($"x{i}"), seat: "wrong"));
        Assert.Equal((0, 0), (Host.StreamsHeld, Host.BytesHeld));
        Assert.Empty(Names(Local));
    }

    [Fact]
    public async Task Neither_streams_that_have_ended_nor_listeners_that_have_left_leave_a_name_behind()
    {
        await (await ListenAsync()).DisposeAsync();
        Assert.Empty(Names(Local));
        await PostAsync("hello");
        Assert.Equal([Name.Value], Names(Local).Keys);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1025));
        Assert.Empty(Names(Local));
    }

    [Fact]
    public async Task A_broker_that_is_disposed_of_holds_nothing()
    {
        await PostAsync("hello");
        Local.Dispose();
        Assert.Equal((0, 0, 0), (Host.StreamsHeld, Host.BytesHeld, Host.Time.ActiveTimers));
    }

    /// <summary>All names that the broker knows: what a flood of requests may not lengthen.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_streams")]
    private static extern ref ConcurrentDictionary<string, MessageStream> Names(LocalBroker broker);
}
