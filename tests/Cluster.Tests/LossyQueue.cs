using Malten.Streams.Limits;
using Malten.Testing;

namespace Malten.Cluster.Tests;

/// <summary>A cluster that answers commands, and can lose those that are on their way to the queue in which they wait.</summary>
public sealed class LossyQueue : IOutgoingGrainCallFilter, IAsyncLifetime
{
    private volatile bool _losesCommands;

    public LossyQueue() => Host = new ClusterHost { Calls = this };

    public ClusterHost Host { get; }

    public FakeResponder Responder { get; } = new();

    /// <summary>Whether commands get lost, as if the silo that queues them had died with them.</summary>
    public bool LosesCommands
    {
        get => _losesCommands;
        set => _losesCommands = value;
    }

    public async ValueTask InitializeAsync() => await Host.StartAsync(new CapacityOptions(), Responder);

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    Task IOutgoingGrainCallFilter.Invoke(IOutgoingGrainCallContext context) =>
        LosesCommands && context.MethodName == "Enqueue" ? Task.CompletedTask : context.Invoke();
}
