using Malten.Testing.Nodes;
using Malten.Testing.Provider;

namespace Malten.Cluster.Tests.Processes;

/// <summary>
/// Three silos that ask one provider. Each has a key of its own, so the provider knows which one asks. A test starts the
/// nodes that the one before has stopped.
/// </summary>
public sealed class ChatNodes : IAsyncLifetime
{
    public ProcessCluster Cluster { get; } = ProcessCluster.OnLoopback(3);

    public FakeProvider Provider { get; private set; } = null!;

    public static string KeyOf(Node node) => $"sk-{node.Index}";

    public async ValueTask InitializeAsync()
    {
        Provider = await FakeProvider.StartAsync();
        foreach (var node in Cluster.Nodes)
            node.More = ["--OPENAI_API_KEY", KeyOf(node), "--OPENAI_BASE_URL", Provider.BaseUrl, "--Malten:Chat:MaxConcurrent", "64"];
    }

    public async ValueTask DisposeAsync()
    {
        Cluster.Dispose();
        await Provider.DisposeAsync();
    }
}
