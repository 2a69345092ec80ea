namespace Malten.Membership.Tests.Wire;

/// <summary>Tests with real time limits, which run when the simulation no longer needs all processors.</summary>
[CollectionDefinition(nameof(Sockets), DisableParallelization = true)]
public sealed class Sockets;
