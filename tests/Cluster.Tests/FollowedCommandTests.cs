using Malten.Grains.Commands;
using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Orleans.Core.Internal;

namespace Malten.Cluster.Tests;

/// <summary>Where silos answer commands, each ends in an answer or in one <c>failed</c>, whatever is lost on its way.</summary>
public sealed class FollowedCommandTests : IOutgoingGrainCallFilter, IAsyncLifetime
{
    private static readonly SiloAddress Gone = SiloAddress.New(System.Net.IPAddress.Loopback, 1, 1);

    private readonly FakeResponder _responder = new();
    private readonly ClusterHost _host;
    private readonly StreamName _name = StreamName.Random();
    private volatile bool _losesCommands;

    public FollowedCommandTests() => _host = new ClusterHost { Calls = this };

    private IStreamGrain Stream => _host.Stream(_name);

    /// <summary>What is lost never reaches the queue in which commands wait, as if its silo had died with it.</summary>
    Task IOutgoingGrainCallFilter.Invoke(IOutgoingGrainCallContext context) =>
        _losesCommands && context.MethodName == "Enqueue" ? Task.CompletedTask : context.Invoke();

    public async ValueTask InitializeAsync() => await _host.StartAsync(new CapacityOptions(), _responder);

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_command_that_is_lost_in_the_queue_fails_once(bool isInUse, bool withItsActivation)
    {
        _losesCommands = true;
        if (isInUse) await SayAsync("held");
        await using var listener = await ListenAsync();
        var command = await _host.Broker.SendCommandAsync(_name, "what?");
        if (withItsActivation)
        {
            // The silo that ran it died; the gateway finds the next one.
            await Stream.Cast<IGrainManagementExtension>().DeactivateOnIdle();
        }

        await listener.UntilAsync("[failed]");
        Assert.Equal(command.Id, listener.Heard.Single(heard => heard.Said == "[failed]").Payload.GetProperty("Command").GetGuid());
        Assert.False(await Stream.TryClaim(command.Id, _host.Cluster.Primary.SiloAddress)); // nobody answers it later
        Assert.Equal(0, _responder.Waiting);
    }

    [Fact]
    public async Task A_post_that_is_a_command_is_followed_from_the_moment_it_is_stored()
    {
        _losesCommands = true;
        await SayAsync("/malten what?");
        Assert.Single(_host.Services<CopyStore>(), copies => copies.Find(_name.Value, 0).Copy?.Claims is [{ Silo: null }]);
    }

    [Fact]
    public async Task Another_silo_knows_the_commands_of_a_name_without_a_stream_until_they_are_settled()
    {
        await using var listener = await ListenAsync();
        var command = await _host.Broker.SendCommandAsync(_name, "what?");
        await _responder.NextAsync();
        Assert.Equal(command.Id, Assert.Single(ClaimsElsewhere()).Command);
        await _host.Broker.AnnounceAsync(_name, new Notice { Name = NoticeName.Failed, Stream = "s", Command = command.Id });
        Assert.Empty(ClaimsElsewhere());
    }

    [Fact]
    public async Task A_command_of_a_name_without_a_stream_fails_when_all_who_ran_it_are_gone()
    {
        await using var listener = await ListenAsync();
        var command = Guid.NewGuid();
        Assert.True(await Stream.TryClaim(command, Gone));
        var held = ClaimsElsewhere();
        Assert.Equal([new CommandClaim(command, Gone)], held);
        await Stream.Settle(Timestamp.None); // as after every change of the view
        await listener.UntilAsync("[failed]");
        await Eventually.IsSoAsync(() => ClaimsElsewhere().Length == 0); // told first, and then forgotten
    }

    [Fact]
    public async Task A_command_that_is_answered_does_not_fail_afterwards()
    {
        await using var listener = await ListenAsync();
        var command = await _host.Broker.SendCommandAsync(_name, "what?");
        await _responder.NextAsync();
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("that"), ReplyTo = command.Id });
        await Stream.Announce(FrameEncoder.Encode(new Notice { Name = NoticeName.Failed, Command = command.Id }, default), command.Id);
        await SayAsync("end");
        await listener.UntilAsync("end");
        Assert.Equal(["[command what?]", "that", "end"], listener.Said);
    }

    [Fact]
    public async Task A_command_whose_answer_an_earlier_activation_stored_does_not_fail_either()
    {
        await SayAsync("held");
        var command = Guid.NewGuid();
        Assert.True(await Stream.TryClaim(command, _host.Cluster.Primary.SiloAddress));
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("that"), ReplyTo = command });
        await Stream.Cast<IGrainManagementExtension>().DeactivateOnIdle(); // its silo died before it could say so
        await using var listener = await ListenAsync();
        Assert.False(await Stream.TryClaim(command, _host.Cluster.Primary.SiloAddress)); // it was delivered twice
        Assert.False(await Stream.TryClaim(command, Gone));
        await Stream.Settle(Timestamp.None);
        await Stream.Announce(FrameEncoder.Encode(new Notice { Name = NoticeName.Failed, Command = command }, default), command);
        await SayAsync("end");
        await listener.UntilAsync("end");
        Assert.Equal(["end"], listener.Said);
    }

    private async Task<Listening> ListenAsync() => new(await _host.Broker.ListenAsync(new ListenRequest { Streams = [_name] }));

    private async Task SayAsync(string text) => await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse(text) });

    private CommandClaim[] ClaimsElsewhere() => [.. _host.Services<CopyStore>().SelectMany(copies => copies.Find(_name.Value, 0).Claims)];
}
