using Malten.Membership.Protocol;

namespace Malten.Membership.Tests.Protocol;

/// <summary>Makes acceptors, states and ids.</summary>
internal static class Cluster
{
    public static readonly Generation This = new(1, Id(1));
    public static readonly Generation Other = new(2, Id(2));

    /// <summary>Ids that compare as their numbers do.</summary>
    public static Guid Id(byte number) => new(number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    public static Ballot At(long number, byte proposer = 1) => new(number, Id(proposer));

    public static Incarnation Life(long number, byte id = 1) => new(number, Id(id));

    /// <summary>An acceptor without memory, whose incarnations have the ids seed + 10, + 20 and so on.</summary>
    public static Acceptor Fresh(int seed, int seeds = 3)
    {
        var ids = seed;
        return new Acceptor(seed, seeds, () => Id((byte)(ids += 10)));
    }

    /// <summary>Acceptors that have just founded a generation together.</summary>
    public static Acceptor[] Founded(int seeds = 3)
    {
        var acceptors = Enumerable.Range(0, seeds).Select(seed => Fresh(seed, seeds)).ToArray();
        var found = new FoundGeneration(This, [.. acceptors.Select(acceptor => acceptor.State.Incarnation)]);
        Assert.All(acceptors, acceptor => Assert.True(acceptor.Handle(found).Granted));
        return acceptors;
    }

    /// <summary>The state of a seed in a generation; null for one without memory.</summary>
    public static AcceptorState State(int seed, Generation? generation, int seeds = 3) =>
        AcceptorState.Forgotten(seed, seeds, Id((byte)(seed + 10))) with { Generation = generation };

    public static Reply Grant(AcceptorState state) => new(true, state);

    public static Reply Refuse(AcceptorState state) => new(false, state);
}
