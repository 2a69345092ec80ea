using Malten.Grains.Copies;
using Malten.Grains.Members;
using Malten.Grains.Reads;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Orleans.Core.Internal;

namespace Malten.Cluster.Tests.Reads;

/// <summary>Reads of names that nobody uses make no activation, and reads of any other never miss it.</summary>
[Collection(nameof(ClusterContractHost))]
public sealed class UnusedNameTests : IAsyncLifetime
{
    private readonly ClusterHost _host = new();
    private readonly StreamName _name = StreamName.Random();

    public async ValueTask InitializeAsync()
    {
        await _host.StartAsync(new CapacityOptions());
        await _host.SettledAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Whatever_is_asked_about_an_unused_name_is_answered_without_an_activation()
    {
        var before = await _host.ActivationsAsync(_name);
        foreach (var broker in _host.Brokers)
        {
            Assert.Empty(await broker.ReadAsync(new PageRequest(_name)));
            Assert.Equal(0, (await broker.GetPresenceAsync(_name)).Observers);
            Assert.True(await broker.HasEndedAsync(new Command(Guid.NewGuid(), _name, "what?", new Timestamp(1024), new Timestamp(1024))));
            var seat = new StreamAddress(_name, "seat");
            Assert.Equal(Refusal.NotYours, (await Assert.ThrowsAsync<StreamRefusedException>(
                () => broker.ReadAsync(new PageRequest(seat)).AsTask())).Refusal);
            Assert.Equal(Refusal.NotYours, (await Assert.ThrowsAsync<StreamRefusedException>(
                () => broker.GetPresenceAsync(seat).AsTask())).Refusal);
        }

        Assert.Equal((0, 0), (before, await _host.ActivationsAsync(_name)));
    }

    [Fact]
    public async Task A_stream_whose_activation_is_gone_is_found_by_its_copy()
    {
        await PostAsync();
        foreach (var broker in _host.Brokers)
        {
            await _host.Stream(_name).Cast<IGrainManagementExtension>().DeactivateOnIdle();
            while (await _host.ActivationsAsync(_name) > 0) await Task.Delay(10);
            Assert.Single(await broker.ReadAsync(new PageRequest(_name)));
        }
    }

    [Fact]
    public async Task A_stream_is_read_on_every_node_as_soon_as_it_has_begun()
    {
        foreach (var broker in _host.Brokers) Assert.Empty(await broker.ReadAsync(new PageRequest(_name)));
        await PostAsync();
        foreach (var broker in _host.Brokers) Assert.Single(await broker.ReadAsync(new PageRequest(_name)));
    }

    [Fact]
    public async Task Whoever_waits_for_a_stream_to_begin_is_present()
    {
        await using var listener = new Listening(await _host.Brokers[1].ListenAsync(new ListenRequest { Streams = [_name] }));
        foreach (var broker in _host.Brokers) Assert.Equal(1, (await broker.GetPresenceAsync(_name)).Observers);
    }

    [Fact]
    public void A_silo_answers_for_a_name_only_while_the_view_is_settled()
    {
        var (reads, cluster, settlement) =
            (_host.Services<LocalReads>()[0], _host.Services<ClusterView>()[0], _host.Services<Settlement>()[0]);
        Assert.True(reads.HasNothing(_name.Value, cluster.View.Id));
        Assert.False(reads.HasNothing(_name.Value, cluster.View.Id + 1)); // the caller sees another one
        settlement.Report(cluster.Self, cluster.View.Id + 1, cluster.Version + 1);
        Assert.False(reads.HasNothing(_name.Value, cluster.View.Id));
        settlement.Report(cluster.Self, cluster.View.Id, cluster.Version + 1);
        Assert.True(reads.HasNothing(_name.Value, cluster.View.Id));
    }

    [Fact]
    public async Task Where_the_view_is_not_settled_the_grain_answers_and_leaves_nothing()
    {
        await PostAsync();
        foreach (var (settlement, cluster) in _host.Services<Settlement>().Zip(_host.Services<ClusterView>()))
            settlement.Report(cluster.Self, cluster.View.Id + 1, cluster.Version + 1);
        try
        {
            foreach (var broker in _host.Brokers)
            {
                Assert.Single(await broker.ReadAsync(new PageRequest(_name)));
                var unused = StreamName.Random();
                Assert.Empty(await broker.ReadAsync(new PageRequest(unused)));
                while (await _host.ActivationsAsync(unused) > 0) await Task.Delay(10);
            }
        }
        finally
        {
            foreach (var (settlement, cluster) in _host.Services<Settlement>().Zip(_host.Services<ClusterView>()))
                settlement.Report(cluster.Self, cluster.View.Id, cluster.Version + 1);
        }
    }

    private async Task PostAsync() => await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("held") });
}
