using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>
/// Three silos in processes of their own, for tests that kill and stop some and start them again: each test begins by
/// bringing back whatever the one before has left.
/// </summary>
[CollectionDefinition(nameof(TroubledNodes))]
public sealed class TroubledNodes : ICollectionFixture<TroubledNodes>, IDisposable
{
    /// <summary>The cluster. A test that uses it starts it.</summary>
    public ProcessCluster Cluster { get; } = ProcessCluster.OnLoopback(3);

    public void Dispose() => Cluster.Dispose();
}
