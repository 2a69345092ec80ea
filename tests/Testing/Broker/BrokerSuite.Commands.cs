using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Testing;

public abstract partial class BrokerSuite<THost>
{
    [Fact]
    public async Task A_command_reaches_every_listener_and_whoever_answers()
    {
        var responder = new FakeResponder();
        await RestartAsync(new CapacityOptions(), responder);
        var listeners = await Task.WhenAll(Host.Brokers.Select(broker => ListenAsync(broker)));
        var sent = await Broker.SendCommandAsync(Name, "what?");
        var command = await responder.NextAsync();
        Assert.Equal((sent.Id, "what?", Name), (command.Id, command.Prompt, command.Address.Name));
        foreach (var listener in listeners)
        {
            await listener.UntilAsync("[command what?]");
            Assert.Equal(sent.Id.ToString(), listener.Heard[^1].Json.GetProperty("Id").GetString());
            await listener.DisposeAsync();
        }

        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task A_message_that_begins_with_the_prefix_is_also_a_command()
    {
        var responder = new FakeResponder();
        await RestartAsync(new CapacityOptions(), responder);
        await using var listener = await ListenAsync();
        var id = Guid.NewGuid();
        await PostAsync("/malten what? ", id: id);
        await PostAsync("/malten what? ", id: id);
        await PostAsync("/maltenish");
        await listener.UntilAsync("/maltenish");
        Assert.Equal(["/malten what? ", "[command what?]", "/maltenish"], listener.Said);
        Assert.Equal("what?", (await responder.NextAsync()).Prompt);
        Assert.Equal(0, responder.Waiting);
    }

    [Fact]
    public async Task An_answer_is_never_a_command()
    {
        var responder = new FakeResponder();
        await RestartAsync(new CapacityOptions(), responder);
        await using var listener = await ListenAsync();
        await Broker.AppendAsync(new Draft { Address = Name, Text = MessageText.Parse("/malten go on"), ReplyTo = Guid.NewGuid() });
        await PostAsync("end");
        await listener.UntilAsync("end");
        Assert.Equal(["/malten go on", "end"], listener.Said);
    }

    [Fact]
    public async Task A_command_needs_a_prompt()
    {
        await RefusedAsync(Refusal.BadValue, () => Broker.SendCommandAsync(Name, " ").AsTask());
        await RefusedAsync(Refusal.BadValue, () => Broker.SendCommandAsync(Name, new string('x', 1025)).AsTask());
        await RefusedAsync(Refusal.BadValue, () => PostAsync("/malten  "));
        Assert.Empty(await ReadAsync());
    }

    [Fact]
    public async Task An_answer_to_a_stream_that_has_ended_is_refused()
    {
        var responder = new FakeResponder();
        await RestartAsync(new CapacityOptions(), responder);
        await PostAsync("/malten what?");
        var command = await responder.NextAsync();
        Assert.False(command.Begun.IsNone);
        var answer = new Draft { Address = Name, Text = MessageText.Parse("that"), ReplyTo = command.Id, Begun = command.Begun };
        await Broker.AppendAsync(answer);
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1025));
        await RefusedAsync(Refusal.Ended, () => Broker.AppendAsync(answer).AsTask());
        await PostAsync("another stream");
        await RefusedAsync(Refusal.Ended, () => Broker.AppendAsync(answer).AsTask());
        Assert.Equal(["another stream"], await TextsAsync());
    }

    [Fact]
    public async Task A_stream_has_ended_when_it_has_or_when_another_has_taken_its_name()
    {
        var responder = new FakeResponder();
        await RestartAsync(new CapacityOptions(), responder);
        await Broker.SendCommandAsync(Name, "of no stream");
        var ofNone = await responder.NextAsync();
        await Broker.CreateAsync(new StreamSettings(Name, true, TimeToLive.FromSeconds(60)));
        await Broker.SendCommandAsync(Name, "of an empty stream");
        var command = await responder.NextAsync();
        foreach (var broker in Host.Brokers) Assert.False(await broker.HasEndedAsync(command));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(61));
        foreach (var broker in Host.Brokers) Assert.True(await broker.HasEndedAsync(command));
        await PostAsync("another stream");
        foreach (var broker in Host.Brokers) Assert.True(await broker.HasEndedAsync(command));
        Assert.False(await Broker.HasEndedAsync(ofNone));
        Assert.Equal(["another stream"], await TextsAsync());
    }

    [Fact]
    public async Task An_answer_grows_before_listeners_on_every_node_until_it_is_there()
    {
        var responder = new FakeResponder();
        await RestartAsync(new CapacityOptions(), responder);
        await PostAsync("/malten what?");
        var command = await responder.NextAsync();
        var listeners = await Task.WhenAll(Host.Brokers.Select(broker => ListenAsync(broker)));
        foreach (var text in new[] { "one", "one two" })
        {
            Assert.True(await Host.Brokers[^1].ReportProgressAsync(command, text));
            foreach (var listener in listeners)
                await listener.UntilAsync(listening => listening.Heard.Any(heard => GrownTo(heard) == text));
        }

        await Broker.AppendAsync(new Draft { Address = Name, Text = MessageText.Parse("one two three"), ReplyTo = command.Id });
        foreach (var listener in listeners)
        {
            await listener.UntilAsync("one two three");
            Assert.All(listener.Heard.Where(heard => GrownTo(heard) is not null),
                heard => Assert.Equal(command.Id, heard.Payload.GetProperty("Command").GetGuid()));
            Assert.Equal(["one", "one two"], listener.Heard.Select(GrownTo).OfType<string>());
            await listener.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_listener_that_reads_late_hears_the_newest_state_and_after_the_answer_none()
    {
        var responder = new FakeResponder();
        await RestartAsync(new CapacityOptions(), responder);
        await PostAsync("/malten what?");
        var command = await responder.NextAsync();
        await using var quick = await ListenAsync();
        await using var slow = await ListenAsync();
        await using var late = await ListenAsync();
        for (var length = 1; length <= 100; length++)
            Assert.True(await Broker.ReportProgressAsync(command, new string('a', length)));
        await quick.UntilAsync(listening => listening.Heard.Any(heard => GrownTo(heard)?.Length == 100));
        Assert.Equal(100, slow.Catch().Heard.Select(GrownTo).OfType<string>().Single().Length);
        await Broker.AppendAsync(new Draft { Address = Name, Text = MessageText.Parse("that"), ReplyTo = command.Id });
        await quick.UntilAsync("that");
        Assert.Empty(late.Catch().Heard.Select(GrownTo).OfType<string>());
        Assert.DoesNotContain("[gap]", late.Said);
        Assert.Contains("that", late.Said);
    }

    [Fact]
    public async Task Of_an_answer_to_a_stream_that_has_ended_nothing_is_shown()
    {
        var responder = new FakeResponder();
        await RestartAsync(new CapacityOptions(), responder);
        await PostAsync("/malten what?");
        var command = await responder.NextAsync();
        Assert.True(await Broker.ReportProgressAsync(command, "one"));
        await Host.AdvanceAsync(TimeSpan.FromSeconds(1025));
        foreach (var broker in Host.Brokers) Assert.False(await broker.ReportProgressAsync(command, "one two"));
        await PostAsync("another stream");
        await using var listener = await ListenAsync();
        foreach (var broker in Host.Brokers) Assert.False(await broker.ReportProgressAsync(command, "one two"));
        await PostAsync("end");
        await listener.UntilAsync("end");
        Assert.DoesNotContain("[answering]", listener.Said);
    }

    [Fact]
    public async Task An_answer_to_a_seat_of_a_pipe_grows_there_alone()
    {
        var responder = new FakeResponder();
        await RestartAsync(new CapacityOptions(), responder);
        var pipe = await Broker.CreatePipeAsync(TimeToLive.Default);
        var seat = new StreamAddress(pipe.Name, pipe.Seats[0]);
        await using var listener = new Listening(await Broker.ListenAsync(new ListenRequest { Streams = [seat] }));
        await Broker.SendCommandAsync(seat, "what?");
        var command = await responder.NextAsync();
        Assert.True(await Broker.ReportProgressAsync(command, "one"));
        await listener.UntilAsync(listening => listening.Heard.Any(heard => GrownTo(heard) == "one"));
        Assert.False(await Broker.ReportProgressAsync(command with { Address = new StreamAddress(pipe.Name, "wrong") }, "one two"));
    }

    [Fact]
    public async Task Whoever_asks_is_known_to_whatever_answers()
    {
        var responder = new FakeResponder();
        await RestartAsync(new CapacityOptions(), responder);
        await Broker.SendCommandAsync(Name, "what?", Loud);
        Assert.Equal(Loud, (await responder.NextAsync()).Client);
        await Broker.AppendAsync(new Draft { Address = Name, Text = MessageText.Parse("/malten what?"), Client = Quiet });
        Assert.Equal(Quiet, (await responder.NextAsync()).Client);
    }

    [Fact]
    public async Task Events_of_a_command_reach_listeners_on_every_node()
    {
        var listeners = await Task.WhenAll(Host.Brokers.Select(broker => ListenAsync(broker)));
        var notice = new Notice { Name = NoticeName.Answering, Stream = Name.Value, Command = Guid.NewGuid() };
        await Broker.AnnounceAsync(Name, notice);
        foreach (var listener in listeners)
        {
            await listener.UntilAsync("[answering]");
            Assert.Equal(notice.Command.ToString(), listener.Heard[^1].Payload.GetProperty("Command").GetString());
            await listener.DisposeAsync();
        }
    }

    private static string? GrownTo(Heard heard) =>
        heard.Said == "[answering]" && heard.Payload.TryGetProperty("Text", out var text) ? text.GetString() : null;
}
