using Malten.Grains.Copies;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Ends;

/// <summary>A stream that ends because others need the room has ended everywhere, whatever is lost or late.</summary>
public sealed class GivingWayTests : IOutgoingGrainCallFilter, IAsyncLifetime
{
    private static readonly ClientKey Loud = new(1, 1);
    private static readonly ClientKey Quiet = new(2, 2);

    private readonly ClusterHost _host;
    private readonly StreamName _name = StreamName.Random();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _gate = Task.CompletedTask;
    private int _lost;

    public GivingWayTests() => _host = new ClusterHost { Calls = this };

    async Task IOutgoingGrainCallFilter.Invoke(IOutgoingGrainCallContext context)
    {
        if (context.MethodName == nameof(ICopyService.Drop) && Interlocked.Decrement(ref _lost) >= 0)
            throw new TimeoutException("It was lost on its way.");
        if (!_gate.IsCompleted && context.MethodName == nameof(ICopyService.Hold))
        {
            _held.TrySetResult();
            await _gate;
        }

        await context.Invoke();
    }

    public async ValueTask InitializeAsync() => await _host.StartAsync(new CapacityOptions());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Though_silos_did_not_hear_of_it_at_first_the_stream_does_not_come_back()
    {
        await BeginAsync();
        await _host.Broker.AppendAsync(new Draft { Address = _name, Text = MessageText.Parse("gone"), Client = Loud });
        await using var listener = new Listening(await _host.Broker.ListenAsync(new ListenRequest { Streams = [_name], Client = Quiet }));
        _lost = 2;
        GiveWay();
        await _host.AdvanceAsync(TimeSpan.FromMilliseconds(2)); // the timer of ends runs by the clock of streams
        await listener.UntilAsync("[expired]");
        await EndsEverywhereAsync();
        Assert.True(_lost <= 0);
    }

    [Fact]
    public async Task A_copy_that_was_on_its_way_meanwhile_does_not_stay()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gate = gate.Task;
        var beginning = BeginAsync();
        await _held.Task;
        GiveWay();
        gate.SetResult();
        await Record.ExceptionAsync(() => beginning);
        await EndsEverywhereAsync();
    }

    private async Task BeginAsync() =>
        await _host.Broker.CreateAsync(new StreamSettings(_name, false, TimeToLive.FromSeconds(86_400)) { Client = Loud });

    private void GiveWay()
    {
        foreach (var capacity in _host.Services<Capacity>()) capacity.Shares.MakeRoom(Resource.Streams, () => 1, Quiet);
    }

    private async Task EndsEverywhereAsync()
    {
        await Eventually.IsSoAsync(() => _host.Services<CopyStore>().All(copies => !copies.Holds(_name.Value)));
        Assert.Empty(await _host.Broker.ReadAsync(new PageRequest(_name, 10)));
        await Eventually.IsSoAsync(() => _host.StreamsHeld == 0);
    }
}
