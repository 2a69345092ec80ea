using Malten.Membership.Protocol;
using Microsoft.Extensions.Logging;

namespace Malten.Membership.Seeds;

/// <summary>
/// Checks whether the generation of a seed is still current. If it is not, the seed discards its memory so that it can
/// join the current one. Discarding is always safe, because a crash does the same; it should only not happen
/// needlessly.
/// </summary>
internal sealed partial class Watch(Acceptor acceptor, Quorums quorums, Peers peers, ILogger logger)
{
    private const int MaxChecksAlone = 3;
    private Incarnation _incarnation;
    private HashSet<Guid> _absent = [];
    private bool _established;
    private int _checksAlone;

    /// <summary>Asks the others once.</summary>
    /// <returns>Whether all is well.</returns>
    public async Task<bool> CheckAsync(CancellationToken stop)
    {
        var me = acceptor.State;
        if (_incarnation != me.Incarnation)
            (_incarnation, _absent, _established, _checksAlone) = (me.Incarnation, [], false, 0);
        var replies = await peers.AskAsync(
            peers.All.Where(seed => seed != me.Seed), new Query(), heard => false, stop);
        var census = new Census(me, replies, quorums);
        if (census.InMyPlace > me.Incarnation) return Forget(me, "a later incarnation of this seed has begun");

        // The same incarnations were outside this generation at two checks, so at one moment in between all of them
        // were. Fewer seeds than a recovery needs hold the generation, and perhaps not those with its newest entry.
        var absent = census.Absent;
        if (absent.Count(_absent.Contains) >= quorums.Majority) return Forget(me, "a majority no longer holds it");
        _absent = absent;

        _established |= census.Here >= quorums.Majority || me.Accepted != Ballot.Zero;
        if (_established) return absent.Count < quorums.Majority;

        // Founded by less than a majority, as may happen when two seeds found at once: it never held a value.
        _checksAlone = census.IsHeard ? _checksAlone + 1 : 0;
        return _checksAlone >= MaxChecksAlone && Forget(me, "no majority ever joined it");
    }

    private bool Forget(AcceptorState me, string reason)
    {
        if (acceptor.Forget(me.Incarnation)) LogForgot(logger, me.Seed, me.Generation, reason);
        return false;
    }

    [LoggerMessage(LogLevel.Warning,
        "Seed {Seed} leaves generation {Generation} and discards its memory: {Reason}. It recovers from the others.")]
    private static partial void LogForgot(ILogger logger, int seed, Generation? generation, string reason);
}
