namespace Malten.Streams.Tests;

/// <summary>Tests that measure the process: beside others they would measure those.</summary>
[CollectionDefinition(nameof(Undisturbed), DisableParallelization = true)]
public sealed class Undisturbed;
