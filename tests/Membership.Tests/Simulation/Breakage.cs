using System.Runtime.CompilerServices;
using Malten.Membership.Protocol;

namespace Malten.Membership.Tests.Simulation;

/// <summary>A rule of the protocol that is broken on purpose, to see whether the check notices.</summary>
internal sealed record Breakage
{
    public Func<Quorums, Quorums>? Quorums { get; init; }

    public Func<Acceptor, Request, Reply>? Handle { get; init; }

    public Action<Acceptor, Network>? Born { get; init; }
}

/// <summary>Opens an acceptor's memory, which its own code changes by the rules only.</summary>
internal static class Tampering
{
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_state")]
    public static extern ref AcceptorState Memory(this Acceptor acceptor);
}
