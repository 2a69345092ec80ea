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
    private ulong? _settled;
    private int _remaining;

    public Settler(
        ClusterView cluster, LocalStreams local, CopyStore copies, CopyClient silos, StreamGrains streams,
        IOptions<CopyOptions> options, IMeterFactory meters)
    {
        (_cluster, _local, _copies, _silos, _streams, _options) = (cluster, local, copies, silos, streams, options.Value);
        meters.Create("Malten").CreateObservableUpDownCounter("malten.copies.missing", () => Volatile.Read(ref _remaining),
            "{stream}", "Streams that this silo has still to copy or move since silos joined or left");
    }

    /// <summary>Whether all that this silo holds is where the view puts it.</summary>
    public bool HasSettled => _settled == _cluster.View.Id;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _cluster.Changed += OnChanged;
        try
        {
            var told = new HashSet<SiloAddress>();
            var (toldVersion, settledActive) = (-1L, 0UL);
            while (!stoppingToken.IsCancellationRequested)
            {
                var (version, view) = (_cluster.Version, _cluster.View);
                if (_settled != view.Id || version != toldVersion) told.Clear();
                // A silo that has left the view earlier may have ended now, with subscriptions and commands that it had.
                var active = new View(_cluster.Active).Id;
                if ((_settled != view.Id || settledActive != active) && await SettleAsync(view, stoppingToken))
                    (_settled, settledActive) = (view.Id, active);
                if (_settled == view.Id) await TellAsync(view, version, told);
                toldVersion = version;
                var isDone = HasSettled && version == _cluster.Version && told.IsSupersetOf(_cluster.Active);
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

    /// <summary>Tells all silos that this one has settled, also one that is leaving: it waits for that.</summary>
    private Task TellAsync(View view, long version, HashSet<SiloAddress> told) =>
        Task.WhenAll(_cluster.Active.Where(silo => !told.Contains(silo)).ToList().Select(async silo =>
        {
            try
            {
                await _silos.On(silo).ReportSettled(_cluster.Self, view.Id, version);
                lock (told) told.Add(silo);
            }
            catch (Exception) // of any kind: it is tried again, and the silo must not end for it
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
        catch (ObjectDisposedException)
        {
            // the silo stops
        }
    }
}
