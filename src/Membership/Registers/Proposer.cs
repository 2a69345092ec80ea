using Malten.Membership.Protocol;

namespace Malten.Membership.Registers;

/// <summary>
/// The proposer of CASPaxos: reads the newest accepted entry from a majority, applies a change, and asks a majority to
/// accept the result, until that succeeds, is refused, or time runs out. Safe to call from any thread.
/// </summary>
internal sealed class Proposer(
    Quorums quorums, Peers peers, RegisterOptions options, TimeProvider time, Random random)
{
    private const int MaxDoublings = 20;
    private static readonly TimeSpan LeastGrace = TimeSpan.FromMilliseconds(50);
    private readonly Guid _id = random.NextGuid();
    private long _highest;

    /// <summary>Asks the seeds what they know, and changes nothing.</summary>
    public async Task<Look> LookAsync(CancellationToken stop)
    {
        // Waits for a majority that agrees, not for any: a seed behind a slow link, this one perhaps, hears of changes late. But
        // not for one that is silent: the others may differ for good, where a change did not reach one of them.
        var replies = await peers.AskAsync(peers.All, new Query(), heard => Agreeing(heard) is not null, stop, GraceAfter);
        Observe(replies);
        return Agreeing(replies) is { } quorum
            ? new Look(Reading.Of(quorum), false)
            : new Look(null, replies.Exists(reply => reply.Granted && reply.State.Promise != reply.State.Accepted));
    }

    /// <summary>
    /// Applies <paramref name="change"/> and repeats until the outcome is known. The function may run several times; it
    /// returns null to leave the entry as it is. If <paramref name="bound"/> is given, it runs only in that generation.
    /// </summary>
    public async Task<RegisterResult> ChangeAsync(
        Func<byte[]?, byte[]?> change, Generation? bound, CancellationToken stop)
    {
        var attempt = new Attempt(random.NextGuid(), change, bound);
        for (var failures = 0; ; failures++)
        {
            try
            {
                if (await TryAsync(attempt, stop) is { } result) return result;
                await Task.Delay(Backoff(failures), time, stop);
            }
            catch (OperationCanceledException)
            {
                return new RegisterResult(attempt.IsUncertain ? RegisterOutcome.Unknown : RegisterOutcome.NoQuorum);
            }
        }
    }

    private async Task<RegisterResult?> TryAsync(Attempt attempt, CancellationToken stop)
    {
        var ballot = new Ballot(Interlocked.Increment(ref _highest), _id);
        if (await AskAsync(new Prepare(ballot), ballot, stop) is not { } promises) return null;
        var current = Reading.Of(promises);
        var step = attempt.Next(current);
        attempt.Sending(step, current);
        // A call that only reads also has its entry accepted: until a majority holds an entry, it may still be lost.
        var accepted = await AskAsync(new Accept(current.Generation, ballot, step.Entry), ballot, stop);
        return accepted is null ? null : step.Result;
    }

    private async Task<List<Reply>?> AskAsync(Request request, Ballot ballot, CancellationToken stop)
    {
        var replies = await peers.AskAsync(
            peers.All,
            request,
            heard => Quorums.Find(heard, quorums.Majority) is not null || IsOvertaken(heard, ballot),
            stop);
        Observe(replies);
        return Quorums.Find(replies, quorums.Majority);
    }

    /// <summary>Those of a majority that accepted the same entry and have promised nothing since.</summary>
    private List<Reply>? Agreeing(List<Reply> replies)
    {
        if (Quorums.Find(replies, quorums.Majority) is not { } together) return null;
        return together.Where(reply => reply.State.Promise == reply.State.Accepted).GroupBy(reply => reply.State.Accepted)
            .Select(group => group.ToList()).FirstOrDefault(group => group.Count >= quorums.Majority);
    }

    private static TimeSpan GraceAfter(TimeSpan majority) => majority > LeastGrace ? majority : LeastGrace;

    // Another proposer is ahead: retrying with a higher ballot is better than waiting for a seed that may be down.
    private bool IsOvertaken(List<Reply> replies, Ballot ballot) =>
        replies.Count >= quorums.Majority && replies.Any(reply => !reply.Granted && reply.State.Promise > ballot);

    private void Observe(List<Reply> replies)
    {
        foreach (var reply in replies)
        {
            var number = reply.State.Promise.Number;
            var seen = Volatile.Read(ref _highest);
            while (seen < number)
            {
                var before = Interlocked.CompareExchange(ref _highest, number, seen);
                if (before == seen) break;
                seen = before;
            }
        }
    }

    private TimeSpan Backoff(int failures) =>
        TimeSpan.FromTicks(
            Math.Min(options.MaxBackoff.Ticks, options.Backoff.Ticks << Math.Min(failures, MaxDoublings)))
            * random.NextDouble();
}
