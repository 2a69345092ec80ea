using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Replicas;

/// <summary>Whom a gateway lets listen, whatever others do there at that moment.</summary>
public sealed class AdmissionTests : IOutgoingGrainCallFilter, IAsyncLifetime
{
    private readonly ClusterHost _host;
    private Task _gate = Task.CompletedTask;

    public AdmissionTests() => _host = new ClusterHost { Calls = this };

    async Task IOutgoingGrainCallFilter.Invoke(IOutgoingGrainCallContext context)
    {
        if (context.MethodName == nameof(IStreamGrain.Subscribe)) await _gate;
        await context.Invoke();
    }

    public async ValueTask InitializeAsync() => await _host.StartAsync(new CapacityOptions());

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Nobody_hears_a_pipe_without_a_seat_because_another_gave_up_while_the_gateway_asked_for_it()
    {
        var pipe = new ListenRequest { Streams = [(await _host.Broker.CreatePipeAsync(TimeToLive.Default)).Name] };
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _gate = gate.Task;
        using var patience = new CancellationTokenSource();
        var stranger = _host.Broker.ListenAsync(pipe).AsTask();
        var impatient = _host.Broker.ListenAsync(pipe, patience.Token).AsTask();
        await patience.CancelAsync();
        await Eventually.IsSoAsync(() => _host.Services<FeedReplicas>().Sum(replicas => replicas.Count) == 0);
        gate.SetResult();
        var refused = await Assert.ThrowsAsync<StreamRefusedException>(() => stranger);
        Assert.Equal(Refusal.NotYours, refused.Refusal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
    }
}
