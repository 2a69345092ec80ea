using Malten.Streams.Events;
using Malten.Streams.Values;
using Malten.Testing;
using Malten.Testing.Provider;

namespace Malten.Gateway.Commands;

public sealed class ShutdownTests
{
    private static readonly StreamName Stream = StreamName.Parse("kitchen");

    [Fact]
    public async Task Commands_under_way_and_waiting_are_told_to_their_stream_without_a_wait()
    {
        await using var node = await ChatNode.StartAsync();
        node.Provider.Reply = FakeReply.Silence;
        await using var listener = await node.ListenAsync(Stream);
        var asked = new List<Guid>();
        for (var number = 0; number < 5; number++) asked.Add(await node.AskAsync(Stream, "hello"));
        await node.Provider.NextRequestAsync();
        await node.StopAsync().WaitAsync(TimeSpan.FromSeconds(30)); // by its clock, which stands still, no time passes
        Assert.Equal(["answering", .. Enumerable.Repeat("failed", 5)], listener.Rest());
        foreach (var command in asked)
        {
            var failed = await listener.NextAsync("failed");
            Assert.Equal(command, failed.GetProperty("Command").GetGuid());
            Assert.Equal("This node is stopping; ask again.", failed.GetProperty("Reason").GetString());
        }

        Assert.Equal(0, node.Provider.Untaken);
    }

    [Fact]
    public async Task Once_stopped_it_refuses_and_may_be_stopped_again()
    {
        await using var node = await ChatNode.StartAsync();
        await node.StopAsync();
        var refused = await Assert.ThrowsAsync<StreamRefusedException>(async () => await node.AskAsync(Stream, "hello"));
        Assert.Equal(Refusal.Unavailable, refused.Refusal);
        await node.StopAsync();
    }

    [Fact]
    public async Task A_broker_that_hangs_holds_the_end_up_for_one_second_at_most()
    {
        await using var node = await ChatNode.StartAsync();
        node.Provider.Reply = FakeReply.Silence;
        var released = new TaskCompletionSource();
        Assert.True(node.Responder.TryReserve(Stream, default, out _));
        node.Responder.Answer(new Command(Guid.NewGuid(), Stream, "hello", new Timestamp(1024), Timestamp.None), new DisturbedBroker(node.Broker)
        {
            BeforeAnnounce = notice => notice.Name == NoticeName.Failed ? released.Task : Task.CompletedTask,
        });
        await node.Provider.NextRequestAsync();
        var stop = node.StopAsync();
        Assert.False(stop.IsCompleted);
        node.Time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(stop.IsCompleted);
        await Eventually.IsSoAsync(() =>
        {
            node.Time.Advance(TimeSpan.FromSeconds(1));
            return stop.IsCompleted;
        });
        Assert.True(stop.IsCompletedSuccessfully);
        released.SetResult();
    }
}
