using Malten.Streams;
using Malten.Testing;

namespace Malten.Cluster.Tests;

/// <summary>What the silos of a test cluster are made with.</summary>
internal sealed record ClusterSettings(FakeTime Time, CapacityOptions Capacity, ICommandResponder? Responder);
