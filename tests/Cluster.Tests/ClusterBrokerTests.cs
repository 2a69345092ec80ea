using Malten.Testing;

namespace Malten.Cluster.Tests;

/// <summary>The rules of streams, kept by a cluster of three silos.</summary>
public sealed class ClusterBrokerTests : BrokerSuite<ClusterHost>;
