using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Malten.Grains.MessageStreams;
using Malten.Streams.Values;

namespace Malten.Grains.Settling;

/// <summary>
/// Moves what this silo holds to where the view of the cluster puts it, whenever the view changes: the streams that run
/// here get the copies that they lack, and a stream whose silo is gone is brought to life by whoever holds a copy. Nobody
/// has to ask for a stream for it to survive.
/// </summary>
internal sealed class Settler(
    ClusterView cluster, LocalStreams local, CopyStore copies, CopyClient silos, StreamGrains streams,
    IOptions<CopyOptions> options)
    : BackgroundService
{
    // As many at a time as keep the silos busy; what they send has a window of its own.
    private const int MostAtOnce = 64;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _changed = new(0, 1);
    private int _remaining;

    /// <summary>The streams that this silo has still to move.</summary>
    public int Remaining => Volatile.Read(ref _remaining);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        cluster.Changed += OnChanged;
        try
        {
            View? settled = null;
            var told = new HashSet<SiloAddress>();
            while (!stoppingToken.IsCancellationRequested)
            {
                var view = cluster.View;
                if (settled?.Id != view.Id)
                {
                    told.Clear();
                    if (await SettleAsync(view, stoppingToken)) settled = view;
                }

                if (settled?.Id == view.Id) await TellAsync(view, told);
                var isDone = settled?.Id == cluster.View.Id && told.IsSupersetOf(cluster.View.Members);
                await _changed.WaitAsync(isDone ? Timeout.InfiniteTimeSpan : Pause, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // the silo stops
        }
        finally
        {
            cluster.Changed -= OnChanged;
        }
    }

    /// <summary>False when something could not be moved, or the view has changed meanwhile.</summary>
    private async Task<bool> SettleAsync(View view, CancellationToken stopping)
    {
        var orphans = copies.Orphans.ToHashSet();
        var names = orphans.Union(local.Names).ToList();
        var failed = false;
        Volatile.Write(ref _remaining, names.Count);
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = stopping },
            async (name, _) =>
            {
                try
                {
                    if (cluster.View.Id != view.Id) failed = true;
                    else await streams.Of(StreamName.Parse(name)).Settle();
                    if (orphans.Contains(name) && !view.Candidates(name, options.Value.Copies).Contains(cluster.Self)) copies.Release(name);
                }
                catch (Exception failure) when (Transient.Is(failure))
                {
                    failed = true;
                }
                finally
                {
                    Interlocked.Decrement(ref _remaining);
                }
            });
        return !failed && cluster.View.Id == view.Id;
    }

    private async Task TellAsync(View view, HashSet<SiloAddress> told) =>
        await Task.WhenAll(cluster.View.Members.Where(silo => !told.Contains(silo)).Select(async silo =>
        {
            try
            {
                await silos.On(silo).ReportSettled(cluster.Self, view.Id);
                lock (told) told.Add(silo);
            }
            catch (Exception failure) when (Transient.Is(failure))
            {
                // told again, unless it is declared dead meanwhile
            }
        }));

    private void OnChanged()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // it is about to look again already
        }
    }
}
