namespace Malten.Membership;

/// <summary>What a seed heard when it asked all others.</summary>
internal sealed class Census(AcceptorState me, List<Reply> replies, Quorums quorums)
{
    /// <summary>How many seeds are in my generation, I among them.</summary>
    public int Here { get; } = 1 + replies.Count(reply => reply.State.Generation == me.Generation);

    /// <summary>Whether a majority was heard, I among them.</summary>
    public bool IsHeard => replies.Count + 1 >= quorums.Majority;

    /// <summary>The lives, as ids, that hold nothing of my generation.</summary>
    public HashSet<Guid> Absent { get; } =
        [.. replies.Where(reply => reply.State.Generation != me.Generation).Select(reply => reply.State.Incarnation.Id)];

    /// <summary>The seeds that remember nothing.</summary>
    public List<AcceptorState> Forgotten { get; } =
        [.. replies.Select(reply => reply.State).Where(state => state.Generation is null)];

    /// <summary>The newest incarnation that others know in my place, and the highest generation number.</summary>
    public Incarnation InMyPlace { get; } =
        replies.Where(reply => me.Generation is null || reply.State.Generation == me.Generation)
            .Select(reply => reply.State.Known[me.Seed]).DefaultIfEmpty().Max();

    /// <summary>The generations that others remember.</summary>
    public List<Generation> Generations { get; } =
        [.. replies.Select(reply => reply.State.Generation).OfType<Generation>().Distinct()];
}
