using Malten.Streams;
using Malten.Streams.Limits;
using Malten.Testing;

namespace Malten.Cluster.Tests;

/// <summary>What the silos of a test cluster are made with.</summary>
internal sealed record ClusterSettings(FakeTime Time, CapacityOptions Capacity, ICommandResponder? Responder)
{
    /// <summary>How often Orleans looks for idle grains, which are idle after twice that time; null: as in the product.</summary>
    public TimeSpan? CollectionQuantum { get; init; }

    /// <summary>How many silos there are.</summary>
    public short Silos { get; init; } = 3;

    /// <summary>The clock of the hosts.</summary>
    public HostTime HostTime { get; } = new();

    /// <summary>Sees each call that a silo makes; null: nobody does.</summary>
    public IOutgoingGrainCallFilter? Calls { get; init; }
}
