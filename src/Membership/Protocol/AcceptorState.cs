using System.Collections.Immutable;

namespace Malten.Membership.Protocol;

/// <summary>Everything an acceptor knows. Every reply carries it.</summary>
/// <param name="Seed">The seed's place in the list of seeds.</param>
/// <param name="Incarnation">The current life of the seed's memory.</param>
/// <param name="Generation">The register it holds; null while it has no memory and takes no part.</param>
/// <param name="Promise">It accepts nothing below this ballot.</param>
/// <param name="Accepted">The ballot under which it accepted <paramref name="Entry"/>.</param>
/// <param name="Entry">The newest entry it accepted.</param>
/// <param name="Known">
/// For each seed, the newest incarnation known to have asked for recovery. This is a crash vector (Michael, Ports,
/// Sharma, Szekeres, "Recovering Shared Objects Without Stable Storage", DISC 2017).
/// </param>
internal sealed record AcceptorState(
    int Seed,
    Incarnation Incarnation,
    Generation? Generation,
    Ballot Promise,
    Ballot Accepted,
    Entry Entry,
    ImmutableArray<Incarnation> Known)
{
    /// <summary>A seed that has just started, without memory.</summary>
    public static AcceptorState Forgotten(int seed, int seeds, Guid id) =>
        new(seed, new Incarnation(1, id), null, Ballot.Zero, Ballot.Zero, Entry.Empty, [.. new Incarnation[seeds]]);
}
