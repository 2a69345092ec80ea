using Microsoft.Extensions.Options;
using Malten.Grains.Calls;
using Malten.Grains.Commands;
using Malten.Grains.Members;
using Malten.Streams.Values;

namespace Malten.Grains.Copies;

/// <summary>
/// Finds the stream that a former activation held, and fences that activation: whoever is asked takes nothing from it any
/// more. While the view is settled, the silos that it names for the stream are asked; otherwise all of them are, since what
/// is on its way may be anywhere. A silo that does not answer is waited for until it does or is declared dead: it may be
/// the one that knows.
/// </summary>
internal sealed class CopyRecovery(
    CopyStore here, ClusterView cluster, CopyClient silos, Settlement settlement, Departures departures, IOptions<CopyOptions> options,
    TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>The stream, if anybody holds it, with its commands, and its holders, to whom the new activation writes from now on.</summary>
    /// <exception cref="TimeoutException">A silo that has not been declared dead does not answer.</exception>
    public async Task<(CopyHolders Holders, StreamCopy? Copy, CommandClaim[] Claims)> RecoverAsync(StreamName name, CancellationToken cancellationToken)
    {
        var epoch = 1L;
        var answers = new Dictionary<SiloAddress, FoundCopy>();
        var asked = 0L;
        var started = time.GetTimestamp();
        while (WhomToAsk(name).Where(silo => !answers.ContainsKey(silo)).ToList() is { Count: > 0 } open)
        {
            if (answers.Count == 0) asked = time.GetTimestamp();
            await Task.WhenAll(open.Select(silo => AskAsync(silo, name, epoch, answers)));
            if (answers.Values.Select(answer => answer.Fence).DefaultIfEmpty().Max() is var highest && highest >= epoch)
            {
                epoch = highest + 1; // somebody was here before: all must hear of the greater number
                answers.Clear();
                continue;
            }

            if (open.TrueForAll(answers.ContainsKey)) continue;
            if (time.GetElapsedTime(started) > Patience) throw new TimeoutException("A silo does not answer.");
            await Task.Delay(Pause, time, cancellationToken);
        }

        await departures.UntilCertainAsync(cancellationToken);
        var newest = answers.Values.Select(answer => answer.Copy).OfType<StreamCopy>()
            .OrderByDescending(copy => (copy.Writer.Epoch, copy.Stream.Newest)).FirstOrDefault();
        var holders = new CopyHolders(name, new CopyWriter(cluster.Self, epoch), here, cluster, silos, options.Value, time);
        var copy = newest?.After(time.GetElapsedTime(asked));
        // Those of a stream whose time has run out ended with it.
        return (holders, copy, newest is null ? [.. answers.Values.SelectMany(answer => answer.Claims).Distinct()] : copy?.Claims ?? []);
    }

    private IEnumerable<SiloAddress> WhomToAsk(StreamName name) =>
        settlement.IsSettled ? cluster.View.Candidates(name.Value, options.Value.Copies) : cluster.Active;

    private async Task AskAsync(SiloAddress silo, StreamName name, long epoch, Dictionary<SiloAddress, FoundCopy> answers)
    {
        try
        {
            answers[silo] = await silos.On(silo).Find(name.Value, epoch);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // asked again, unless it is declared dead meanwhile
        }
    }
}
