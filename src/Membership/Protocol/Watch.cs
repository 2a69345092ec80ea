using Microsoft.Extensions.Logging;

namespace Malten.Membership;

/// <summary>
/// Looks whether the generation of a seed still lives, and has the seed forget it if not, so that it can join the one
/// that does. Forgetting is always safe, being what a crash does; it must only not happen without need.
/// </summary>
internal sealed class Watch(Acceptor acceptor, Quorums quorums, Peers peers, ILogger log)
{
    private const int Patience = 3;
    private Incarnation _life;
    private HashSet<Guid> _absent = [];
    private bool _established;
    private int _alone;

    /// <summary>One look; whether all is well.</summary>
    public async Task<bool> LookAsync(CancellationToken stop)
    {
        var me = acceptor.State;
        if (_life != me.Incarnation) (_life, _absent, _established, _alone) = (me.Incarnation, [], false, 0);
        var replies = await peers.AskAsync(
            peers.All.Where(seed => seed != me.Seed), new Query(), heard => false, stop);
        var census = new Census(me, replies, quorums);
        if (census.InMyPlace > me.Incarnation) return Forget(me, "another life of this seed has begun");

        // The same lives were without this generation twice, so all at once in between: fewer than a recovery needs, and
        // perhaps not those with the newest entry, remember it.
        var absent = census.Absent;
        if (absent.Count(_absent.Contains) >= quorums.Majority) return Forget(me, "a majority no longer has it");
        _absent = absent;

        _established |= census.Here >= quorums.Majority || me.Accepted != Ballot.Zero;
        if (_established) return absent.Count < quorums.Majority;

        // Founded by fewer than a majority, as two that begin at once may leave it: it never held anything.
        _alone = census.IsHeard ? _alone + 1 : 0;
        return _alone >= Patience && Forget(me, "it was never shared by a majority");
    }

    private bool Forget(AcceptorState me, string reason)
    {
        if (acceptor.Forget(me.Incarnation)) log.Forgot(me.Seed, me.Generation, reason);
        return false;
    }
}
