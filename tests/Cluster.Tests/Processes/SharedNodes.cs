using Malten.Testing.Contract;
using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Three silos in processes of their own, started once for all tests of the collection.</summary>
[CollectionDefinition(nameof(SharedNodes))]
public sealed class SharedNodes : IAsyncLifetime, ICollectionFixture<SharedNodes>
{
    private readonly ProcessCluster _cluster = ProcessCluster.OnLoopback(3, IceSettings.Arguments);

    /// <summary>Where they are reached; set while the collection runs.</summary>
    public static IReadOnlyList<Uri> Addresses { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        using var http = new HttpClient();
        await _cluster.StartAsync(http);
        Addresses = [.. _cluster.Nodes.Select(node => new Uri(node.Url))];
    }

    public ValueTask DisposeAsync()
    {
        _cluster.Dispose();
        return ValueTask.CompletedTask;
    }
}
