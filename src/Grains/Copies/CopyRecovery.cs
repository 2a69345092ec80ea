using Microsoft.Extensions.Options;
using Malten.Grains.Calls;
using Malten.Grains.Commands;
using Malten.Grains.Members;
using Malten.Streams.Values;

namespace Malten.Grains.Copies;

/// <summary>
/// Finds the stream that a former activation held, and fences that activation: whoever is asked takes nothing from it any
/// more. While the view is settled, the silos that it names for the stream are asked, and this one; otherwise all of them are,
/// since what is on its way may be anywhere. It is not settled either where one that was asked sees another view: that one
/// may have moved the stream already. A silo that does not answer is waited for until it does or is declared dead: it may be
/// the one that knows. Nobody is asked by a silo without a lease: its place may have been taken, and its question would fence
/// off whoever took it.
/// </summary>
internal sealed class CopyRecovery(
    CopyStore here, ClusterView cluster, ICopyServices silos, Settlement settlement, Departures departures, IOptions<CopyOptions> options,
    CopyLanes lanes, CopyWindows windows, Lease lease, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The stream, if anybody holds it, with its commands, and its holders, to whom the new activation writes from now on.</summary>
    /// <exception cref="TimeoutException">A silo that has not been declared dead does not answer, or this one has no lease.</exception>
    public async Task<(CopyHolders Holders, StreamCopy? Copy, CommandClaim[] Claims)> RecoverAsync(StreamName name, CancellationToken cancellationToken)
    {
        var (started, epoch) = (time.GetTimestamp(), 1L);
        while (true)
        {
            (epoch, var answers) = await AskAllAsync(name, epoch, started, cancellationToken);
            await departures.UntilCertainAsync(cancellationToken);
            var (silo, found) = answers.Where(answer => answer.Value.Found.Copy is not null)
                .OrderByDescending(answer => (answer.Value.Found.Copy!.Writer.Epoch, answer.Value.Found.Newest, answer.Value.Found.Messages))
                .ThenByDescending(answer => answer.Key.Equals(cluster.Self)) // it is here already, and takes memory once
                .FirstOrDefault();
            var copy = found?.Found.Copy is { } first ? await ReadOnAsync(silo, name, epoch, first, started, cancellationToken) : null;
            if (copy is null && found is not null)
            {
                // The silo that began to tell it has ended before it has told all: another one holds it.
                await PauseAsync(started, cancellationToken);
                continue;
            }

            var holders = new CopyHolders(
                name, new CopyWriter(cluster.Self, epoch), here, cluster, silos, lanes, windows, options.Value, time, [.. Holders(answers)]);
            copy = copy?.After(time.GetElapsedTime(found!.Asked));
            // Those of a stream whose time has run out ended with it.
            return (holders, copy, found is null ? [.. answers.Values.SelectMany(answer => answer.Found.Claims).Distinct()] : copy?.Claims ?? []);
        }
    }

    /// <summary>Asks all who may hold the stream, with an epoch above all that any of them has heard of.</summary>
    private async Task<(long Epoch, Dictionary<SiloAddress, CopyAnswer> Answers)> AskAllAsync(
        StreamName name, long epoch, long started, CancellationToken cancellationToken)
    {
        var answers = new Dictionary<SiloAddress, CopyAnswer>();
        while (true)
        {
            if (lease.IsHeld && await TryCatchUpAsync(answers.Values))
            {
                var open = WhomToAsk(name, answers.Values).Where(silo => !answers.ContainsKey(silo)).ToList();
                if (open.Count == 0) return (epoch, answers);
                await Task.WhenAll(open.Select(silo => AskAsync(silo, name, epoch, answers)));
                if (answers.Values.Select(answer => answer.Found.Fence).DefaultIfEmpty().Max() is var highest && highest >= epoch)
                {
                    epoch = highest + 1; // somebody was here before: all must hear of the greater number
                    answers.Clear();
                    continue;
                }

                if (open.TrueForAll(answers.ContainsKey)) continue;
            }

            await PauseAsync(started, cancellationToken);
        }
    }

    /// <summary>All pieces of a copy; null when its holder does not have it any more, or has ended.</summary>
    private async Task<StreamCopy?> ReadOnAsync(
        SiloAddress silo, StreamName name, long epoch, StreamCopy copy, long started, CancellationToken cancellationToken)
    {
        while (copy.HasMore)
        {
            try
            {
                if (await silos.On(silo).Read(name.Value, epoch, copy.Stream.Last) is not { } next) return null;
                copy = copy.With(next);
            }
            catch (Exception failure) when (Transient.Is(failure))
            {
                if (!cluster.IsMember(silo)) return null;
                await PauseAsync(started, cancellationToken);
            }
        }

        return copy;
    }

    private static IEnumerable<SiloAddress> Holders(Dictionary<SiloAddress, CopyAnswer> answers) => answers
        .Where(answer => answer.Value.Found is { Copy: not null } or { Claims.Length: > 0 }).Select(answer => answer.Key);

    private async Task PauseAsync(long started, CancellationToken cancellationToken)
    {
        if (cluster.IsSelfDeclaredDead) throw new OrleansException("This silo was declared dead.");
        if (time.GetElapsedTime(started) > Patience) throw new TimeoutException("A silo does not answer, or this one does not know itself a member.");
        await Task.Delay(Pause, time, cancellationToken);
    }

    private IEnumerable<SiloAddress> WhomToAsk(StreamName name, IEnumerable<CopyAnswer> answers) =>
        settlement.IsSettled && answers.All(answer => IsSeenBy(answer.Found))
            ? cluster.View.Candidates(name.Value, options.Value.Copies).Append(cluster.Self).Distinct()
            : cluster.Active;

    /// <summary>Whether a silo that answered saw the members as this one does.</summary>
    private bool IsSeenBy(FoundCopy found) =>
        found.Version == 0 || (found.Version == cluster.Version && found.View == cluster.View.Id);

    /// <summary>
    /// Looks at the membership table where a silo that answered knows a later version: silos may have joined that must be
    /// asked too. False when this silo could not learn of it.
    /// </summary>
    private async Task<bool> TryCatchUpAsync(IEnumerable<CopyAnswer> answers)
    {
        if (answers.All(answer => answer.Found.Version <= cluster.Version)) return true;
        try
        {
            await cluster.RefreshAsync().AsTask().WaitAsync(Lease.Length, time);
            return true;
        }
        catch (Exception) // of any kind, since the table may be anybody's
        {
            return lease.ServesWithoutTable;
        }
    }

    private async Task AskAsync(SiloAddress silo, StreamName name, long epoch, Dictionary<SiloAddress, CopyAnswer> answers)
    {
        try
        {
            answers[silo] = await lanes.FindAsync(silo, new CopyQuestion(name.Value, epoch, cluster.Self));
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // asked again, unless it is declared dead meanwhile
        }
    }
}
