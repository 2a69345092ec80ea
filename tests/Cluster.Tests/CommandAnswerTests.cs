using Malten.Cluster.Tests.Example;
using Malten.Grains.Interfaces;
using Malten.Streams;
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

    [Fact]
    public async Task A_grain_that_subscribes_implicitly_answers()
    {
        await using var listener = new Listening(await _host.Brokers[1].ListenAsync(new ListenRequest { Streams = [_name] }));
        var command = await _host.Brokers[0].SendCommandAsync(_name, ClockGrain.Prompt);
        await listener.UntilAsync(listening => listening.Heard.Any(heard => heard.Type == "message"));
        var answer = listener.Heard.Single(heard => heard.Type == "message").Payload;
        Assert.Equal(("clock", command.Id), (answer.GetProperty("User").GetString(), answer.GetProperty("ReplyTo").GetGuid()));
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
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("that"), ReplyTo = answered });
        await grain.MembershipChanged();
        await grain.MembershipChanged();
        await listener.UntilAsync("[failed]");
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("end") });
        await listener.UntilAsync("end");
        Assert.Equal(["that", "[failed]", "end"], listener.Said);
        Assert.Equal(lost, listener.Heard.Single(heard => heard.Said == "[failed]").Payload.GetProperty("Command").GetGuid());
    }
}
