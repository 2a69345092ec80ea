using Malten.Testing;

namespace Malten.Client.Tests;

/// <summary>A test of clients and nodes, which it closes at its end.</summary>
public abstract class ClientTests : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _opened = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(_opened)) await one.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Sees to it that what a test opened is closed, the last first.</summary>
    internal T Use<T>(T one) where T : IAsyncDisposable
    {
        _opened.Add(one);
        return one;
    }

    internal async Task<RunningNode> StartNodeAsync(NodeSettings? settings = null) => Use(await RunningNode.StartAsync(settings));

    /// <summary>Nodes that answer for the same streams, whichever of them dies.</summary>
    internal async Task<RunningNode[]> StartNodesAsync(int count)
    {
        var first = await StartNodeAsync(new NodeSettings()); // holds the streams, and is not told to anybody
        return await Task.WhenAll(Enumerable.Range(0, count).Select(_ => StartNodeAsync(new NodeSettings { Broker = first.Broker })));
    }

    internal MaltenClient NewClient(params RunningNode[] nodes) => NewClient(Options(nodes));

    internal MaltenClient NewClient(MaltenClientOptions options) => Use(new MaltenClient(options));

    internal static MaltenClientOptions Options(params RunningNode[] nodes) => new() { Nodes = [.. nodes.Select(node => node.Address)] };

    internal async Task<Listener> ListenAsync(MaltenClient client, string stream, ListenOptions? options = null) =>
        Use(await Listener.OpenAsync(client, stream, options));

    /// <summary>Waits until so many connections hear a stream.</summary>
    internal static async Task ObserversAreAsync(MaltenClient client, string stream, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await client.GetPresenceAsync(stream)).Observers != count) await Task.Delay(5, patience.Token);
    }

    /// <summary>Moves a clock until something is so.</summary>
    internal static async Task AdvanceUntilAsync(FakeTime time, TimeSpan step, Func<bool> isSo) => await Eventually.IsSoAsync(() =>
    {
        if (isSo()) return true;
        time.Advance(step);
        return isSo();
    });
}
