namespace Malten.Membership.Tests.Wire;

/// <summary>Tests with real timeouts. They run when the simulation no longer needs all processors.</summary>
[CollectionDefinition(nameof(Sockets), DisableParallelization = true)]
public sealed class Sockets;
