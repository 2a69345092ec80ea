using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Members;
using Malten.Grains.MessageStreams;
using Malten.Streams.Values;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Malten.Grains.Settling;

/// <summary>
/// Moves what this silo holds to where the view of the cluster puts it, whenever the view changes: streams that run here
/// get the copies that they lack or move to the silo that should run them, and a stream whose silo is gone is brought to
/// life by whoever holds a copy. Nobody has to ask for a stream for it to survive.
/// </summary>
internal sealed class Settler : BackgroundService
{
    // As many at a time as keep the silos busy and still leave room for posts.
    private const int MostAtOnce = 64;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly ClusterView _cluster;
    private readonly LocalStreams _local;
    private readonly CopyStore _copies;
    private readonly CopyClient _silos;
    private readonly StreamGrains _streams;
    private readonly CopyOptions _options;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly ConcurrentDictionary<string, bool> _unsettled = new(); // those that the last round left where they were
    private volatile Moment? _settled;
    private int _remaining;

    public Settler(
        ClusterView cluster, LocalStreams local, CopyStore copies, CopyClient silos, StreamGrains streams,
        IOptions<CopyOptions> options, IMeterFactory meters)
    {
        (_cluster, _local, _copies, _silos, _streams, _options) = (cluster, local, copies, silos, streams, options.Value);
        // In the meter of the node, beside what the gateway measures.
        meters.Create("Malten").CreateObservableUpDownCounter("malten.copies.missing", () => Volatile.Read(ref _remaining),
            "{stream}", "Streams that this silo has still to copy or move since silos joined or left");
    }

    /// <summary>Whether all that this silo holds is where the view puts it.</summary>
    public bool HasSettled => _settled == Now;

    private Moment Now => new(_cluster.Version, _cluster.View);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _cluster.Changed += OnChanged;
        try
        {
            var settled = new Announcement(_cluster, _silos, _ => Task.CompletedTask);
            while (!stoppingToken.IsCancellationRequested)
            {
                var now = Now;
                if (_settled != now)
                {
                    _settled = null;
                    if (await SettleAsync(now.View, stoppingToken)) _settled = now;
                    settled = new Announcement(_cluster, _silos, silo => silo.ReportSettled(_cluster.Self, now.View.Id, now.Version));
                }

                if (_settled is not null) await settled.TellAsync();
                var isDone = HasSettled && settled.IsHeardByAll;
                await _changed.WaitAsync(isDone ? Timeout.InfiniteTimeSpan : Pause, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // the silo stops
        }
        finally
        {
            _cluster.Changed -= OnChanged;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    /// <summary>False when something could not be moved, or the view has changed meanwhile.</summary>
    private async Task<bool> SettleAsync(View view, CancellationToken stopping)
    {
        var names = _copies.Orphans.Union(_local.Names).Union(_unsettled.Keys).ToList();
        Volatile.Write(ref _remaining, names.Count);
        await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = stopping },
            async (name, _) =>
            {
                if (_cluster.View.Id == view.Id && await TrySettleAsync(name, view)) _unsettled.TryRemove(name, out var _);
                else _unsettled[name] = true;
                Interlocked.Decrement(ref _remaining);
            });
        Volatile.Write(ref _remaining, _unsettled.Count);
        return _unsettled.IsEmpty && _cluster.View.Id == view.Id;
    }

    private async Task<bool> TrySettleAsync(string name, View view)
    {
        try
        {
            var stream = _streams.Of(StreamName.Parse(name));
            // Where the stream should run on another silo, the first call ends its activation and the next one makes it there.
            if (!await stream.Settle() && !await stream.Settle()) return false;
            if (!view.Candidates(name, _options.Copies).Contains(_cluster.Self)) _copies.Release(name);
            return true;
        }
        catch (Exception) // of any kind: it is tried again, and the silo must not end for it
        {
            return false;
        }
    }

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
        catch (ObjectDisposedException)
        {
            // the silo stops
        }
    }

    /// <summary>
    /// A view, as of a version of the membership table: others may have been there for a moment when the same view comes
    /// back, and subscriptions and commands of a silo that left the view earlier end with it.
    /// </summary>
    private sealed record Moment(long Version, View View);
}
