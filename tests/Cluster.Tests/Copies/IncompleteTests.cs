using Malten.Grains.Copies;
using Malten.Grains.MessageStreams;
using Malten.Grains.Settling;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Copies;

/// <summary>
/// An activation is replaced before it is complete: while it waits for the answer of another silo, one more asks its own silo for
/// the stream.
/// </summary>
[Collection(nameof(ClusterContractHost))]
public sealed class IncompleteTests : IOutgoingGrainCallFilter, IAsyncDisposable
{
    private const long Later = 1000; // than any epoch so far

    private readonly ClusterHost _host;
    private readonly StreamName _name = StreamName.Random();
    private CopyStore? _fenced;
    private int _asked;

    public IncompleteTests() => _host = new ClusterHost { Calls = this };

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Nothing_is_left_of_an_activation_that_was_replaced_before_it_was_complete()
    {
        await _host.StartAsync(new CapacityOptions());
        await _host.SettledAsync();
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("held") });
        var runner = _host.Services<LocalStreams>().FindIndex(streams => streams.Contains(_name.Value));
        _fenced = _host.Services<CopyStore>()[runner];
        await _host.Services<CopyFinder>()[runner].FindAsync([new CopyQuestion(_name.Value, Later)]);
        await Eventually.IsSoAsync(() => Volatile.Read(ref _asked) > 0);

        Assert.Single(await _host.Broker.ReadAsync(new PageRequest(_name)));
        await Eventually.IsSoAsync(() => _host.Services<Settler>().TrueForAll(settler => settler.HasSettled));
    }

    async Task IOutgoingGrainCallFilter.Invoke(IOutgoingGrainCallContext context)
    {
        await context.Invoke();
        if (_fenced is not { } here || context.MethodName != nameof(ICopyService.Find)) return;
        if (context.Request.GetArgument(0) is not CopyQuestion[] asked || !asked.Any(IsNext)) return;
        await Eventually.IsSoAsync(() => here.FenceOf(_name.Value) > Later);
        if (Interlocked.Exchange(ref _asked, 1) == 0) here.Find(_name.Value, 2 * Later);
    }

    private bool IsNext(CopyQuestion question) => question.Stream == _name.Value && question.Epoch == Later + 1;
}
