using Malten.Grains.Commands;
using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests;

/// <summary>Who answers commands in a cluster.</summary>
[Collection(nameof(ClusterContractHost))]
public sealed class CommandAnswerTests : IAsyncLifetime
{
    private readonly ClusterHost _host = new();
    private readonly StreamName _name = StreamName.Random();

    public async ValueTask InitializeAsync() => await _host.StartAsync(new CapacityOptions());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    /// <summary>The grain is that of <c>samples/ClockGrain</c>, which <c>docs/commands.md</c> shows.</summary>
    [Fact]
    public async Task A_grain_that_subscribes_implicitly_answers()
    {
        await using var listener = new Listening(await _host.Brokers[1].ListenAsync(new ListenRequest { Streams = [_name] }));
        var command = await _host.Brokers[0].SendCommandAsync(_name, "What time is it?");
        await listener.UntilAsync(listening => listening.Heard.Any(heard => heard.Type == "message"));
        var answer = listener.Heard.Single(heard => heard.Type == "message").Payload;
        Assert.Equal(("clock", command.Id), (answer.GetProperty("User").GetString(), answer.GetProperty("ReplyTo").GetGuid()));
        Assert.Matches("^It is [0-2][0-9]:[0-5][0-9] UTC.$", answer.GetProperty("Text").GetString());
    }

    [Fact]
    public async Task A_command_is_claimed_once_and_fails_visibly_when_its_silo_is_gone()
    {
        await using var listener = new Listening(await _host.Broker.ListenAsync(new ListenRequest { Streams = [_name] }));
        var grain = _host.Cluster.GrainFactory.GetGrain<IStreamGrain>(_name.Value);
        var (answered, lost) = (Guid.NewGuid(), Guid.NewGuid());
        var gone = SiloAddress.New(System.Net.IPAddress.Loopback, 1, 1);
        Assert.True(await grain.TryClaim(answered, gone));
        Assert.True(await grain.TryClaim(lost, gone));
        Assert.False(await grain.TryClaim(lost, _host.Cluster.Primary.SiloAddress));
        Assert.True(await grain.TryClaim(lost, gone)); // the answer to it may have got lost
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("that"), ReplyTo = answered });
        await grain.Settle(Timestamp.None);
        await grain.Settle(Timestamp.None);
        await listener.UntilAsync("[failed]");
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("end") });
        await listener.UntilAsync("end");
        Assert.Equal(["that", "[failed]", "end"], listener.Said);
        Assert.Equal(lost, listener.Heard.Single(heard => heard.Said == "[failed]").Payload.GetProperty("Command").GetGuid());
    }

    [Fact]
    public async Task The_second_copy_knows_who_answers_until_it_is_answered_or_has_failed()
    {
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("begun") });
        var grain = _host.Cluster.GrainFactory.GetGrain<IStreamGrain>(_name.Value);
        var (answered, failed, self) = (Guid.NewGuid(), Guid.NewGuid(), _host.Cluster.Primary.SiloAddress);
        await grain.TryClaim(answered, self);
        Assert.Equal([new CommandClaim(answered, self)], ClaimsInCopy());
        await grain.TryClaim(failed, self);
        Assert.Equal([new CommandClaim(answered, self), new CommandClaim(failed, self)], ClaimsInCopy());
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("that"), ReplyTo = answered });
        Assert.Equal([new CommandClaim(failed, self)], ClaimsInCopy());
        await _host.Broker.AnnounceAsync(_name, Failed(failed));
        Assert.Empty(ClaimsInCopy());
    }

    [Fact]
    public async Task A_failure_is_said_once_and_never_of_what_was_answered()
    {
        await using var listener = new Listening(await _host.Broker.ListenAsync(new ListenRequest { Streams = [_name] }));
        var (answered, failed) = (Guid.NewGuid(), Guid.NewGuid());
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("that"), ReplyTo = answered });
        foreach (var command in new[] { answered, failed, failed }) await _host.Broker.AnnounceAsync(_name, Failed(command));
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("end") });
        await listener.UntilAsync("end");
        Assert.Equal(["that", "[failed]", "end"], listener.Said);
    }

    [Fact]
    public async Task What_comes_late_of_an_answer_that_is_there_is_not_shown()
    {
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("begun") });
        await using var listener = new Listening(await _host.Broker.ListenAsync(new ListenRequest { Streams = [_name] }));
        foreach (var settled in new[] { true, false })
        {
            var command = new Command(Guid.NewGuid(), _name, "what?", new Timestamp(1024), Timestamp.None);
            if (settled) await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("that"), ReplyTo = command.Id });
            else await _host.Broker.AnnounceAsync(_name, Failed(command.Id));
            Assert.False(await _host.Brokers[1].ReportProgressAsync(command, "half"));
        }

        Assert.True(await _host.Broker.ReportProgressAsync(new Command(Guid.NewGuid(), _name, "what?", new Timestamp(1024), Timestamp.None), "another"));
        await listener.UntilAsync("[answering]");
        Assert.Equal(["that", "[failed]", "[answering]"], listener.Said);
    }

    [Fact]
    public async Task Whoever_takes_the_name_of_an_ended_stream_hears_nothing_of_its_commands()
    {
        await _host.Broker.CreateAsync(new StreamSettings(_name, true, TimeToLive.FromSeconds(1)));
        await using var listener = new Listening(await _host.Broker.ListenAsync(new ListenRequest { Streams = [_name] }));
        var grain = _host.Cluster.GrainFactory.GetGrain<IStreamGrain>(_name.Value);
        await grain.TryClaim(Guid.NewGuid(), SiloAddress.New(System.Net.IPAddress.Loopback, 1, 1));
        await _host.AdvanceAsync(TimeSpan.FromSeconds(2));
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("anew") });
        await grain.Settle(Timestamp.None);
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("end") });
        await listener.UntilAsync("end");
        Assert.Equal(["[expired]", "anew", "end"], listener.Said);
    }

    private static Notice Failed(Guid command) => new() { Name = NoticeName.Failed, Stream = "s", Command = command };

    /// <summary>What the one silo that has a second copy of the stream holds.</summary>
    private CommandClaim[] ClaimsInCopy() =>
        _host.Services<CopyStore>().Select(copies => copies.Find(_name.Value, 0).Copy).OfType<StreamCopy>().Single().Claims;
}
