using System.Collections.Immutable;

namespace Malten.Membership;

/// <summary>All that an acceptor knows; every answer carries it.</summary>
/// <param name="Seed">Its place in the list of seeds.</param>
/// <param name="Incarnation">Which life of the seed this is.</param>
/// <param name="Generation">The register it holds; null while it remembers nothing and takes no part.</param>
/// <param name="Promise">It accepts nothing below this ballot.</param>
/// <param name="Accepted">The ballot under which it accepted <paramref name="Entry"/>.</param>
/// <param name="Entry">The newest entry it accepted.</param>
/// <param name="Known">
/// For each seed, the newest incarnation that is known to have asked for its memory back: a crash vector (Michael, Ports,
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
    public static AcceptorState Forgotten(int seed, int seeds, Guid id) =>
        new(seed, new Incarnation(1, id), null, Ballot.Zero, Ballot.Zero, Entry.Empty, [.. new Incarnation[seeds]]);
}
