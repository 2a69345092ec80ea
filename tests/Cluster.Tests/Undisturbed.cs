namespace Malten.Cluster.Tests;

/// <summary>
/// Tests that run while no other does, since they measure the memory of their process or take all cores: silos that get no
/// time would be declared dead.
/// </summary>
[CollectionDefinition(nameof(Undisturbed), DisableParallelization = true)]
public sealed class Undisturbed;
