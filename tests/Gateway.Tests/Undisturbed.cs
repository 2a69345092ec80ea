namespace Malten.Gateway.Tests;

/// <summary>Tests that measure the memory of the process: beside others they would measure those.</summary>
[CollectionDefinition(nameof(Undisturbed), DisableParallelization = true)]
public sealed class Undisturbed;
