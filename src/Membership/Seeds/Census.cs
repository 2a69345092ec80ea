using Malten.Membership.Protocol;

namespace Malten.Membership.Seeds;

/// <summary>What a seed learned by asking all others.</summary>
/// <param name="me">The state of the seed that asked.</param>
internal sealed class Census(AcceptorState me, List<Reply> replies, Quorums quorums)
{
    /// <summary>How many seeds are in this seed's generation, itself included.</summary>
    public int Here { get; } = 1 + replies.Count(reply => reply.State.Generation == me.Generation);

    /// <summary>Whether a majority was heard from, this seed included.</summary>
    public bool IsHeard => replies.Count + 1 >= quorums.Majority;

    /// <summary>The ids of the incarnations that are not in this seed's generation.</summary>
    public HashSet<Guid> Absent { get; } =
    [
        .. replies.Where(reply => reply.State.Generation != me.Generation)
            .Select(reply => reply.State.Incarnation.Id),
    ];

    /// <summary>The other seeds that have no memory.</summary>
    public List<AcceptorState> Forgotten { get; } =
        [.. replies.Select(reply => reply.State).Where(state => state.Generation is null)];

    /// <summary>The newest incarnation of this seed that others know in the same generation.</summary>
    public Incarnation InMyPlace { get; } =
        replies.Where(reply => me.Generation is null || reply.State.Generation == me.Generation)
            .Select(reply => reply.State.Known[me.Seed]).DefaultIfEmpty().Max();

    /// <summary>The generations that others still have in memory.</summary>
    public List<Generation> Generations { get; } =
        [.. replies.Select(reply => reply.State.Generation).OfType<Generation>().Distinct()];
}
