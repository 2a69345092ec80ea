using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Gateway.Commands;

/// <summary>A stream that can't be reached for a while has not ended: its command fails in its hearing.</summary>
public sealed class EndedOrUnreachableTests
{
    private static readonly StreamName Stream = StreamName.Parse("kitchen");

    [Fact]
    public Task An_answer_that_could_not_be_brought_is_told_as_failed() => FailsAsync("The answer could not be stored; try again later.",
        broker => broker.BeforeAppend = draft => draft.User?.Value == ChatResponder.User ? Unreachable() : Task.CompletedTask);

    [Fact]
    public Task A_stream_that_could_not_be_read_is_told() => FailsAsync("The stream could not be reached; ask again.", broker =>
    {
        var reads = 0;
        broker.BeforeRead = () => ++reads == 1 ? Unreachable() : Task.CompletedTask;
    });

    [Fact]
    public async Task An_answer_whose_beginning_could_not_be_shown_is_brought_all_the_same()
    {
        await using var node = await ChatNode.StartAsync();
        await using var listener = await AskAsync(
            node, broker => broker.BeforeAnnounce = notice => notice.Name == NoticeName.Answering ? Unreachable() : Task.CompletedTask);
        Assert.Equal(ChatResponder.User, (await listener.NextAsync("message")).GetProperty("User").GetString());
        await node.SayAsync(Stream, "and nothing else");
        Assert.Equal("and nothing else", (await listener.NextAsync("message")).GetProperty("Text").GetString());
    }

    [Fact]
    public async Task A_command_whose_time_is_over_before_the_model_is_asked_costs_nothing()
    {
        await using var node = await ChatNode.StartAsync();
        await using var listener = await AskAsync(node, broker => broker.BeforeAnnounce = notice =>
        {
            if (notice.Name != NoticeName.Answering) return Task.CompletedTask;
            node.Time.Advance(TimeSpan.FromMinutes(2));
            return Unreachable();
        });
        await listener.NextAsync("failed");
        await Eventually.IsSoAsync(() => node.Budget.Clients == 0);
        Assert.Equal(0, node.Budget.SpentToday);
    }

    private static async Task FailsAsync(string reason, Action<DisturbedBroker> disturb)
    {
        await using var node = await ChatNode.StartAsync();
        await using var listener = await AskAsync(node, disturb);
        Assert.Equal(reason, (await listener.NextAsync("failed")).GetProperty("Reason").GetString());
        Assert.Single(await node.Broker.ReadAsync(new PageRequest(Stream)));
    }

    /// <summary>Puts a command to a stream with one message, which the listener has heard.</summary>
    private static async Task<Listener> AskAsync(ChatNode node, Action<DisturbedBroker> disturb)
    {
        await node.Broker.CreateAsync(new StreamSettings(Stream, false, TimeToLive.Default));
        var begun = (await node.Broker.ListAsync("", 1))[0].Created;
        await node.SayAsync(Stream, "held");
        var listener = await node.ListenAsync(Stream);
        await listener.NextAsync("message");
        var broker = new DisturbedBroker(node.Broker);
        disturb(broker);
        Assert.True(node.Responder.TryReserve(Stream, default, out _));
        node.Responder.Answer(new Command(Guid.NewGuid(), Stream, "hello", new Timestamp(1024), begun), broker);
        return listener;
    }

    private static Task Unreachable() => Task.FromException(new StreamRefusedException(Refusal.Unavailable, "A node is down."));
}
