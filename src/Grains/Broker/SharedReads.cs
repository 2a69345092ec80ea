using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Feeds;

namespace Malten.Grains.Broker;

/// <summary>
/// Reads pages, each once for all who wait for the same: those who ask while it is being read share the next read, which
/// begins after they have asked, so that none misses a message stored before. However many ask for a page, it crosses from
/// its silo a few times.
/// </summary>
/// <param name="read">Reads a page.</param>
/// <param name="time">The clock of the host.</param>
internal sealed class SharedReads(Func<PageRequest, Task<Outcome<Frame[]>>> read, TimeProvider time)
{
    private readonly Lanes<PageRequest, PageRequest, Outcome<Frame[]>> _lanes =
        new((page, readers) => ReadAsync(read, page, readers.Length), _ => 0, time, mostItems: int.MaxValue);

    /// <summary>Reads a page. The frames are kept for the caller, who lets go of each once.</summary>
    public async Task<Outcome<Frame[]>> ReadAsync(PageRequest page, CancellationToken cancellationToken)
    {
        var reading = _lanes.SendAsync(page, page);
        try
        {
            return await reading.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _ = LetGoAsync(reading);
            throw;
        }
    }

    private static async Task<Outcome<Frame[]>[]> ReadAsync(Func<PageRequest, Task<Outcome<Frame[]>>> read, PageRequest page, int readers)
    {
        var outcome = await read(page);
        foreach (var frame in outcome.Value ?? [])
        {
            // What this silo runs is kept for one. What another has sent is kept by nobody yet.
            for (var kept = frame.IsKept ? 1 : 0; kept < readers; kept++) frame.Keep();
        }

        return [.. Enumerable.Repeat(outcome, readers)];
    }

    private static async Task LetGoAsync(Task<Outcome<Frame[]>> reading)
    {
        await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!reading.IsCompletedSuccessfully) return;
        foreach (var frame in (await reading).Value ?? []) frame.LetGo();
    }
}
