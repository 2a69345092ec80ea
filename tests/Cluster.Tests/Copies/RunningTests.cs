using Malten.Grains.Copies;
using Malten.Grains.MessageStreams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Copies;

/// <summary>A silo is asked for a stream that it runs, and of which nobody else holds a copy any more.</summary>
[Collection(nameof(ClusterContractHost))]
public sealed class RunningTests : IAsyncLifetime
{
    private const long Later = 1000; // than any epoch so far

    private readonly ClusterHost _host = new();
    private readonly StreamName _name = StreamName.Random();

    private int Runner => _host.Services<LocalStreams>().FindIndex(streams => streams.Contains(_name.Value));

    public async ValueTask InitializeAsync()
    {
        await _host.StartAsync(new CapacityOptions());
        await _host.SettledAsync();
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("held") });
        foreach (var copies in _host.Services<CopyStore>())
            if (copies.VersionOf(_name.Value) is var (writer, _)) copies.Drop(_name.Value, writer with { Epoch = Later }, turn: 1);
        Assert.DoesNotContain(_host.Services<CopyStore>(), copies => copies.Holds(_name.Value));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Whoever_asks_to_go_on_with_it_gets_what_is_committed_and_the_activation_ends()
    {
        var (runner, activation) = (Runner, Activation);
        var (found, epoch) = (await AskAsync(runner, Later), Later);
        while (found.Fence >= epoch) found = await AskAsync(runner, epoch = found.Fence + 1); // the next activation has asked meanwhile
        Assert.Single(found.Copy!.Stream.Messages);
        await Eventually.IsSoAsync(() => Runner >= 0 && Activation != activation); // whoever asked does not go on with it, and the stream lives on
        Assert.Single(await _host.Broker.ReadAsync(new PageRequest(_name)));
    }

    [Fact]
    public async Task Whoever_asks_with_an_epoch_from_before_it_changes_nothing()
    {
        var activation = Activation;
        var found = await AskAsync(Runner, 0);
        Assert.Equal((1, null), (found.Fence, found.Copy));
        Assert.Single(await _host.Broker.ReadAsync(new PageRequest(_name)));
        Assert.Same(activation, Activation);
    }

    private async Task<FoundCopy> AskAsync(int silo, long epoch) =>
        Assert.Single(await _host.Services<CopyFinder>()[silo].FindAsync([new CopyQuestion(_name.Value, epoch)]));

    private IRunningStream? Activation => Runner is >= 0 and var runner ? ((IRunningStreams)_host.Services<LocalStreams>()[runner]).Find(_name.Value) : null;
}
