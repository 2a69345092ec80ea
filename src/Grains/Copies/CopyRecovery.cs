using Malten.Grains.Calls;
using Malten.Grains.Members;
using Malten.Streams.Values;

namespace Malten.Grains.Copies;

/// <summary>Finds the copy from which a new activation continues a stream.</summary>
internal sealed class CopyRecovery(ClusterView view, CopyClient silos, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Asks every active silo for its copy and returns the newest, or null when none has one. Returns only when all have
    /// answered or were declared dead: the silo that stays silent may be the one that holds the stream.
    /// </summary>
    /// <exception cref="TimeoutException">A silo that has not been declared dead did not answer for 15 s.</exception>
    public async Task<StreamCopy?> FindNewestAsync(StreamName name, CancellationToken cancellationToken)
    {
        var answers = new Dictionary<SiloAddress, StreamCopy?>();
        var started = time.GetTimestamp();
        while (view.Active.Where(silo => !answers.ContainsKey(silo)).ToList() is { Count: > 0 } open)
        {
            await Task.WhenAll(open.Select(silo => AskAsync(silo, name, answers)));
            if (answers.Count >= view.Active.Count) break;
            if (time.GetElapsedTime(started) > Patience) throw new TimeoutException("A silo does not answer.");
            await Task.Delay(Pause, time, cancellationToken);
        }

        return answers.Values.OfType<StreamCopy>()
            .OrderByDescending(copy => (copy.Writer.Epoch, copy.Stream.Newest)).FirstOrDefault();
    }

    private async Task AskAsync(SiloAddress silo, StreamName name, Dictionary<SiloAddress, StreamCopy?> answers)
    {
        try
        {
            answers[silo] = await silos.On(silo).Find(name.Value);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // asked again in the next round, unless it is declared dead meanwhile
        }
    }
}
