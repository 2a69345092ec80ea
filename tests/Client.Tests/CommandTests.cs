using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>A command and its answer, as one call.</summary>
public sealed class CommandTests : ClientTests
{
    private readonly FakeResponder _responder = new();
    private readonly FakeTime _time = new();

    [Fact]
    public async Task An_answer_comes_as_it_is_written_and_in_all_its_parts()
    {
        var (client, broker) = await StartAsync();
        var answer = AskAsync(client, "What is it?");
        var command = await _responder.NextAsync();
        Assert.Equal("What is it?", command.Prompt);
        await broker.AppendAsync(new Draft { Address = command.Address, Text = MessageText.Parse("somebody else speaks") });
        await broker.ReportProgressAsync(command, "It");
        foreach (var text in new[] { "It is", "a test." })
            await broker.AppendAsync(new Draft { Address = command.Address, Text = MessageText.Parse(text), ReplyTo = command.Id });
        var items = await EndAsync(answer);
        Assert.Equal(["It is", "a test."], items.OfType<Message>().Select(message => message.Text));
        Assert.All(items.OfType<Message>(), message => Assert.Equal(command.Id, message.ReplyTo));
        Assert.All(items.OfType<Answering>(), answering => Assert.Equal(("It", command.Id), (answering.Text, answering.Command)));
        Assert.DoesNotContain(items, item => item is not (Message or Answering));
    }

    [Fact]
    public async Task A_failure_is_an_exception_with_its_reason()
    {
        var (client, broker) = await StartAsync();
        var answer = AskAsync(client, "What is it?");
        var command = await _responder.NextAsync();
        await broker.AnnounceAsync(command.Address.Name, new Notice
        {
            Name = NoticeName.Failed, Stream = command.Address.Name.Value, Command = Guid.NewGuid(), Reason = "That of another command.",
        });
        await broker.AnnounceAsync(command.Address.Name, new Notice
        {
            Name = NoticeName.Failed, Stream = command.Address.Name.Value, Command = command.Id, Reason = "Nobody knows.",
        });
        var failed = await Assert.ThrowsAsync<MaltenException>(() => EndAsync(answer));
        Assert.Equal((MaltenFault.NotAnswered, "Nobody knows."), (failed.Fault, failed.Detail));
    }

    [Fact]
    public async Task Nobody_waits_for_ever()
    {
        var (client, _) = await StartAsync();
        var answer = AskAsync(client, "Is anybody there?");
        await _responder.NextAsync();
        var begun = _time.GetTimestamp();
        var failed = await Assert.ThrowsAsync<MaltenException>(() => EndAsync(answer));
        Assert.Equal(MaltenFault.NotAnswered, failed.Fault);
        Assert.InRange(_time.GetElapsedTime(begun).TotalSeconds, 60, 90);
    }

    [Fact]
    public async Task A_caller_may_take_its_time_with_each_part_of_an_answer()
    {
        var (client, broker) = await StartAsync();
        await using var answer = client.AskAsync("s", "What is it?").GetAsyncEnumerator();
        var first = answer.MoveNextAsync().AsTask();
        var command = await _responder.NextAsync();
        await SayAsync(broker, command, "one");
        Assert.True(await first);
        _time.Advance(TimeSpan.FromSeconds(61));
        await SayAsync(broker, command, "two");
        Assert.True(await answer.MoveNextAsync());
        Assert.Equal("two", Assert.IsType<Message>(answer.Current).Text);
        _time.Advance(TimeSpan.FromSeconds(61));
        await SayAsync(broker, command, "three");
        Assert.True(await answer.MoveNextAsync());
        Assert.Equal("three", Assert.IsType<Message>(answer.Current).Text);
    }

    [Fact]
    public async Task An_answer_goes_on_at_the_next_node_when_one_dies_between_two_parts()
    {
        var broker = (await StartNodeAsync(new NodeSettings { Responder = _responder })).Broker;
        var dying = await StartNodeAsync(new NodeSettings { Broker = broker });
        var other = await StartNodeAsync(new NodeSettings { Broker = broker });
        var options = new AskOptions { Settle = TimeSpan.FromSeconds(1) }; // less than the second or more until it connects again
        var lost = new TaskCompletionSource();
        var client = NewClient(Options(dying, other) with { TimeProvider = _time, Log = _ => lost.TrySetResult() });
        await using var answer = client.AskAsync("s", "What is it?", options).GetAsyncEnumerator();
        var first = answer.MoveNextAsync().AsTask();
        var command = await _responder.NextAsync();
        await SayAsync(broker, command, "one");
        Assert.True(await first);
        await dying.KillAsync();
        await SayAsync(broker, command, "two");
        var second = answer.MoveNextAsync().AsTask();
        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await Eventually.IsSoAsync(() => _time.ActiveTimers == 2); // its patience, and the wait before it connects again
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.True(await second);
        Assert.Equal("two", Assert.IsType<Message>(answer.Current).Text);
    }

    [Fact]
    public async Task Without_a_node_asking_ends_as_a_call_does()
    {
        using var handler = new InterceptingHandler { Before = _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Refused.") };
        var begun = _time.GetTimestamp();
        var asking = AskAsync(NewClient(new MaltenClientOptions { Nodes = [new("http://a.example")], Handler = handler, TimeProvider = _time }), "Well?");
        await AdvanceUntilAsync(_time, TimeSpan.FromSeconds(0.5), () => asking.IsCompleted);
        Assert.Equal(MaltenFault.Unreachable, (await Assert.ThrowsAsync<MaltenException>(() => asking)).Fault);
        Assert.InRange(_time.GetElapsedTime(begun).TotalSeconds, 30, 45); // the clock goes on while it ends
    }

    [Fact]
    public async Task A_command_that_is_refused_says_so_and_leaves_no_listener()
    {
        var (client, _) = await StartAsync();
        var refused = await Assert.ThrowsAsync<MaltenException>(() => AskAsync(client, " "));
        Assert.Equal("prompt", refused.Parameter);
        await ObserversAreAsync(client, "s", 0);
    }

    [Fact]
    public async Task Asking_is_cancelled()
    {
        var (client, _) = await StartAsync();
        using var stop = new CancellationTokenSource();
        var asking = client.AskAsync("s", "now?", cancellationToken: stop.Token).ToListAsync().AsTask();
        await _responder.NextAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await ObserversAreAsync(client, "s", 0);
    }

    [Fact]
    public async Task Listeners_hear_commands_and_may_answer_them()
    {
        var (client, _) = await StartAsync();
        var listener = await ListenAsync(client, "s");
        var sent = await client.SendCommandAsync("s", "What time is it?");
        Assert.Equal(sent, await listener.NextAsync<Command>());
        Assert.Equal("What time is it?", sent.Prompt);
    }

    private async Task<(MaltenClient Client, IStreamBroker Broker)> StartAsync()
    {
        var node = await StartNodeAsync(new NodeSettings { Responder = _responder });
        return (NewClient(Options(node) with { TimeProvider = _time, SilenceTimeout = TimeSpan.FromHours(1) }), node.Broker);
    }

    private static async Task SayAsync(IStreamBroker broker, Malten.Streams.Events.Command command, string part) =>
        await broker.AppendAsync(new Draft { Address = command.Address, Text = MessageText.Parse(part), ReplyTo = command.Id });

    private static Task<List<StreamItem>> AskAsync(MaltenClient client, string prompt) => client.AskAsync("s", prompt).ToListAsync().AsTask();

    /// <summary>Lets time pass until there is an answer, as slowly as it takes to hear all its parts.</summary>
    private async Task<List<StreamItem>> EndAsync(Task<List<StreamItem>> answer)
    {
        await AdvanceUntilAsync(_time, TimeSpan.FromSeconds(0.1), () => answer.IsCompleted);
        return await answer;
    }
}
