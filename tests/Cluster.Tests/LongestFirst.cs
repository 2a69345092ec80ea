using Malten.Cluster.Tests.Processes;
using Xunit.Sdk;
using Xunit.v3;

namespace Malten.Cluster.Tests;

/// <summary>Starts the collections that take longest first, so that no long one is left to run alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest = [nameof(TroubledNodes), nameof(SharedNodes), nameof(ClusterContractHost)];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => (uint)Array.IndexOf(Longest, collection.TestCollectionDisplayName))];
}
