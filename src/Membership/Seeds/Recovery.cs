using Malten.Membership.Protocol;
using Microsoft.Extensions.Logging;

namespace Malten.Membership.Seeds;

/// <summary>
/// Restores the memory of a seed from the others (as in Viewstamped Replication Revisited, Liskov and Cowling 2012,
/// section 4.3), or founds a new generation when a majority has no memory.
/// </summary>
internal sealed partial class Recovery(
    Acceptor acceptor, Quorums quorums, Peers peers, TimeProvider time, Random random, ILogger logger)
{
    private int _rounds;

    /// <summary>Asks the others once.</summary>
    /// <returns>Whether the seed now takes part.</returns>
    public async Task<bool> TryAsync(CancellationToken stop)
    {
        var me = acceptor.State;
        var replies = await peers.AskAsync(
            peers.All.Where(seed => seed != me.Seed),
            new Recover(me.Seed, me.Incarnation),
            heard => Quorums.Find(heard, quorums.Recovery) is not null,
            stop);
        if (Quorums.Find(replies, quorums.Recovery) is { } quorum)
        {
            if (acceptor.Restore(me.Incarnation, quorum)) LogRecovered(logger, me.Seed, quorum[0].State.Generation);
            return true;
        }

        var census = new Census(me, replies, quorums);
        if (acceptor.Outgrow(census.InMyPlace)) return false;
        if (census.Forgotten.Count + 1 < quorums.Majority)
        {
            _rounds = 0;
            LogWaiting(logger, me.Seed, census.Forgotten.Count + 1, census.Generations.Count);
            return false;
        }

        // The first of them in the list founds a generation, so that two seldom do so at once. Each later one waits one
        // more round for that.
        var rank = census.Forgotten.Count(state => state.Seed < me.Seed);
        return ++_rounds > rank && await FoundAsync(me, census, stop);
    }

    // All of these seeds had no memory when the round above began; those that agree now still have none. So there was a
    // moment at which a majority had no memory. A seed that agrees stays in the new generation for this incarnation.
    private async Task<bool> FoundAsync(AcceptorState me, Census census, CancellationToken stop)
    {
        _rounds = 0;
        var number = census.Generations.Select(generation => generation.Number + 1)
            .Append(time.GetUtcNow().ToUnixTimeMilliseconds()).Max();
        var founders = new Incarnation[quorums.Seeds];
        foreach (var state in census.Forgotten.Append(me)) founders[state.Seed] = state.Incarnation;
        var found = new FoundGeneration(new Generation(number, random.NextGuid()), [.. founders]);

        var votes = await peers.AskAsync(
            census.Forgotten.Select(state => state.Seed),
            found,
            heard => heard.Count(reply => reply.Granted) + 1 >= quorums.Majority,
            stop);
        if (votes.Count(reply => reply.Granted) + 1 < quorums.Majority || !acceptor.Handle(found).Granted) return false;
        LogFounded(logger, me.Seed, found.Generation, census.Generations.Count);
        return true;
    }

    [LoggerMessage(LogLevel.Information, "Seed {Seed} has recovered generation {Generation}.")]
    private static partial void LogRecovered(ILogger logger, int seed, Generation? generation);

    [LoggerMessage(LogLevel.Debug,
        "Seed {Seed} has no memory and waits: {Forgotten} seeds have none, the others hold {Generations} generations.")]
    private static partial void LogWaiting(ILogger logger, int seed, int forgotten, int generations);

    [LoggerMessage(LogLevel.Warning,
        "Seed {Seed} founded generation {Generation}, because a majority of the seeds had no memory, as at a first "
        + "start. Earlier generations that a seed still held and that are lost now: {Lost}.")]
    private static partial void LogFounded(ILogger logger, int seed, Generation generation, int lost);
}
