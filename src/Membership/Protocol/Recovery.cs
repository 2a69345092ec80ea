using Microsoft.Extensions.Logging;

namespace Malten.Membership;

/// <summary>
/// Gives a seed that remembers nothing its memory back (as in Viewstamped Replication Revisited, Liskov and Cowling 2012,
/// section 4.3), or begins a fresh generation when a majority remembers nothing.
/// </summary>
internal sealed class Recovery(
    Acceptor acceptor, Quorums quorums, Peers peers, TimeProvider time, Random random, ILogger log)
{
    private int _patience;

    /// <summary>One round of asking; whether the seed takes part after it.</summary>
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
            if (acceptor.Restore(me.Incarnation, quorum)) log.Recovered(me.Seed, quorum[0].State.Generation);
            return true;
        }

        var census = new Census(me, replies, quorums);
        if (acceptor.Outgrow(census.InMyPlace)) return false;
        if (census.Forgotten.Count + 1 < quorums.Majority)
        {
            _patience = 0;
            log.Waiting(me.Seed, census.Forgotten.Count + 1, census.Generations.Count);
            return false;
        }

        // The first in the list goes ahead, so that two rarely begin at once; the next one does if that does not happen.
        var rank = census.Forgotten.Count(state => state.Seed < me.Seed);
        return ++_patience > rank && await FoundAsync(me, census, stop);
    }

    // All of them were without memory when the round above began and, if they agree now, still are: so at one moment a
    // majority remembered nothing. Who agrees is in the new generation for the rest of this life.
    private async Task<bool> FoundAsync(AcceptorState me, Census census, CancellationToken stop)
    {
        _patience = 0;
        var number = census.Generations.Select(generation => generation.Number + 1)
            .Append(time.GetUtcNow().ToUnixTimeMilliseconds()).Max();
        var founders = new Incarnation[quorums.Seeds];
        foreach (var state in census.Forgotten.Append(me)) founders[state.Seed] = state.Incarnation;
        var found = new Found(new Generation(number, random.NextGuid()), [.. founders]);

        var votes = await peers.AskAsync(
            census.Forgotten.Select(state => state.Seed),
            found,
            heard => heard.Count(reply => reply.Granted) + 1 >= quorums.Majority,
            stop);
        if (votes.Count(reply => reply.Granted) + 1 < quorums.Majority || !acceptor.Handle(found).Granted) return false;
        log.Founded(me.Seed, found.Generation, census.Generations.Count);
        return true;
    }
}
