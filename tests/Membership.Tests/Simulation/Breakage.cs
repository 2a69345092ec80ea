namespace Malten.Membership.Tests.Simulation;

/// <summary>A rule of the protocol that is broken on purpose, to see that the check notices.</summary>
internal sealed record Breakage
{
    public Func<Quorums, Quorums>? Quorums { get; init; }

    public Func<Acceptor, Request, Reply>? Handle { get; init; }

    public Action<Acceptor, Network>? Born { get; init; }
}
