namespace Malten.Membership.Protocol;

/// <summary>How many seeds each step of the protocol needs.</summary>
/// <param name="Seeds">All seeds.</param>
/// <param name="Majority">To promise, to accept and to found a generation. Any two majorities share a seed.</param>
/// <param name="Recovery">
/// Other seeds needed to restore a seed's memory: enough to share a seed with every majority that this seed was part
/// of.
/// </param>
internal sealed record Quorums(int Seeds, int Majority, int Recovery)
{
    public static Quorums Of(int seeds) => new(seeds, seeds / 2 + 1, seeds - seeds / 2);

    /// <summary>
    /// Finds the replies that grant the request, belong to one generation and may be counted together: none comes from
    /// an incarnation that another reply knows to be over. Null if there are fewer than <paramref name="size"/>.
    /// </summary>
    public static List<Reply>? Find(IReadOnlyList<Reply> replies, int size)
    {
        if (replies.Count < size) return null;
        foreach (var first in replies)
        {
            var together = replies.Where(reply =>
                reply.Granted && reply.State.Generation == first.State.Generation && !IsOver(reply, replies)).ToList();
            if (together.Count >= size) return together;
        }

        return null;
    }

    private static bool IsOver(Reply reply, IReadOnlyList<Reply> replies)
    {
        foreach (var other in replies)
        {
            if (other.State.Generation == reply.State.Generation
                && other.State.Known[reply.State.Seed] > reply.State.Incarnation) return true;
        }

        return false;
    }
}
