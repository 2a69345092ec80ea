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
}
