namespace Malten.Membership;

/// <summary>How many seeds it takes.</summary>
/// <param name="Seeds">All of them.</param>
/// <param name="Majority">To promise, to accept, to found: any two majorities share a seed.</param>
/// <param name="Recovery">
/// Of the others, to give a seed its memory back: enough to meet every majority that this seed was part of.
/// </param>
internal sealed record Quorums(int Seeds, int Majority, int Recovery)
{
    public static Quorums Of(int seeds) => new(seeds, seeds / 2 + 1, seeds - seeds / 2);

    /// <summary>
    /// Those of the replies that grant the request, are of one generation and can be counted together: none comes from a
    /// life that another reply knows to be over. Null if they are fewer than <paramref name="size"/>.
    /// </summary>
    public static List<Reply>? Find(IReadOnlyList<Reply> replies, int size)
    {
        if (replies.Count < size) return null;
        foreach (var first in replies)
        {
            var together = replies.Where(reply =>
                reply.Granted && reply.State.Generation == first.State.Generation && !IsVoid(reply, replies)).ToList();
            if (together.Count >= size) return together;
        }

        return null;
    }

    private static bool IsVoid(Reply reply, IReadOnlyList<Reply> replies)
    {
        foreach (var other in replies)
        {
            if (other.State.Generation == reply.State.Generation
                && other.State.Known[reply.State.Seed] > reply.State.Incarnation) return true;
        }

        return false;
    }
}
