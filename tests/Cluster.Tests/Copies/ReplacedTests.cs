using Malten.Grains.Copies;
using Malten.Grains.Settling;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Copies;

/// <summary>A silo has asked for a stream, and does not go on with it. Then the only other copy is lost.</summary>
[Collection(nameof(ClusterContractHost))]
public sealed class ReplacedTests : IAsyncLifetime
{
    private const long Later = 1000; // than any epoch so far

    private readonly ClusterHost _host = new();
    private readonly StreamName _name = StreamName.Random();

    private IEnumerable<CopyStore> Holders => _host.Services<CopyStore>().Where(copies => copies.Holds(_name.Value));

    public async ValueTask InitializeAsync()
    {
        await _host.StartAsync(new CapacityOptions());
        await _host.SettledAsync();
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("held") });
        foreach (var copies in _host.Services<CopyStore>()) copies.Find(_name.Value, Later);
        Lose(Assert.Single(Holders));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_activation_that_ends_for_it_leaves_what_it_held()
    {
        Assert.Single(await _host.Broker.ReadAsync(new PageRequest(_name)));
        await Eventually.IsSoAsync(() => Holders.Count() == 1);
    }

    [Fact]
    public async Task Nobody_has_to_touch_it_again_for_it_to_be_held_twice()
    {
        await Assert.ThrowsAnyAsync<OrleansException>(() => _host.Stream(_name).Read(new PageRequest(_name)));
        await Eventually.IsSoAsync(() => Holders.ToList() is [var other] && other.VersionOf(_name.Value)?.Writer.Epoch > Later);
        Assert.Single(await _host.Broker.ReadAsync(new PageRequest(_name)));
    }

    [Fact]
    public async Task Nothing_is_left_to_be_settled()
    {
        Assert.Single(await _host.Broker.ReadAsync(new PageRequest(_name)));
        await Eventually.IsSoAsync(() => _host.Services<Settler>().TrueForAll(settler => settler.HasSettled));
    }

    private void Lose(CopyStore copies) => copies.Drop(_name.Value, copies.VersionOf(_name.Value)!.Value.Writer with { Epoch = Later }, turn: 1);
}
