using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Malten.Grains.Calls;
using Malten.Grains.Copies;
using Malten.Grains.Interfaces;
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

    // A stream whose copies have to cross a slow link takes longer, as does one that waits for a silo which does not answer.
    private const int MostLeft = 256;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly ClusterView _cluster;
    private readonly LocalStreams _local;
    private readonly CopyStore _copies;
    private readonly ICopyServices _silos;
    private readonly Settlement _settlement;
    private readonly NeighbourWatch _neighbours;
    private readonly IStreamGrains _streams;
    private readonly CopyOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _pause;
    private readonly SemaphoreSlim _due = new(1); // holds nothing that must be disposed of
    private readonly ConcurrentDictionary<string, object> _unsettled = new(); // that the last round left where they were, or that were kept since
    private volatile Moment? _settled;
    private View? _looked; // the view by which all copies held here were looked at last
    private int _remaining;
    private int _left; // the calls that nobody waits for any more

    public Settler(
        ClusterView cluster, LocalStreams local, CopyStore copies, ICopyServices silos, Settlement settlement, NeighbourWatch neighbours,
        IStreamGrains streams, IOptions<CopyOptions> options, IMeterFactory meters, TimeProvider time)
    {
        (_cluster, _local, _copies, _silos, _settlement, _neighbours) = (cluster, local, copies, silos, settlement, neighbours);
        (_streams, _options, _time) = (streams, options.Value, time);
        _pause = time.CreateTimer(_ => LookAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // In the meter of the node, beside what the gateway measures.
        meters.Create("Malten").CreateObservableUpDownCounter("malten.copies.missing", () => Missing,
            "{stream}", "Streams that this silo has still to copy or move since silos joined or left; never 0 while a silo does not answer");
    }

    /// <summary>Whether all that this silo holds is where the view puts it.</summary>
    public bool HasSettled => _settled == Now && _unsettled.IsEmpty;

    /// <summary>
    /// What is left of the round. At least 1 from the first sign that a silo may have ended until all silos have settled without
    /// it: how many streams that is about is not known before.
    /// </summary>
    private int Missing =>
        Math.Max(Volatile.Read(ref _remaining), HasSettled && _settlement.IsSettled && !_neighbours.MissesAny ? 0 : 1);

    private Moment Now => new(_cluster.Version, _cluster.View);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = stoppingToken.Register(LookAgain);
        _cluster.Changed += LookAgain;
        _copies.Kept += LookAt;
        try
        {
            var settled = new Announcement(_cluster, _silos, _ => Task.CompletedTask);
            while (true)
            {
                await _due.WaitAsync(CancellationToken.None);
                if (stoppingToken.IsCancellationRequested) return;
                var now = Now;
                if (_settled != now)
                {
                    _settled = null;
                    if (await SettleAllAsync(now.View, stoppingToken)) _settled = now;
                    settled = new Announcement(_cluster, _silos, silo => silo.ReportSettled(_cluster.Self, now.View.Id, now.Version));
                }
                else if (!_unsettled.IsEmpty)
                {
                    await SettleAsync([], now.View, stoppingToken);
                }

                if (_settled is not null) await settled.TellAsync();
                if (!HasSettled || !settled.IsHeardByAll) LookAgain(Pause);
            }
        }
        finally
        {
            _cluster.Changed -= LookAgain;
            _copies.Kept -= LookAt;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _pause.Dispose();
        base.Dispose();
    }

    /// <summary>False when something could not be moved, or the view has changed meanwhile.</summary>
    private Task<bool> SettleAllAsync(View view, CancellationToken stopping)
    {
        var names = _copies.Orphans(name => MayHaveMoved(name, view)).Union(_local.Names);
        _looked = view;
        return SettleAsync(names, view, stopping);
    }

    /// <summary>The same for some, and those that were left where they were.</summary>
    private async Task<bool> SettleAsync(IEnumerable<string> some, View view, CancellationToken stopping)
    {
        var names = new ConcurrentQueue<string>(some.Union(_unsettled.Keys).Order(StringComparer.Ordinal));
        Volatile.Write(ref _remaining, names.Count);
        await Task.WhenAll(Enumerable.Range(0, MostAtOnce).Select(_ => SettleNextAsync(names, view, stopping)));
        Volatile.Write(ref _remaining, _unsettled.Count);
        return names.IsEmpty && _unsettled.IsEmpty && _cluster.View.Id == view.Id;
    }

    /// <summary>
    /// Whether a copy held here belongs elsewhere than before. Its writer moves it, unless that activation has just ended and
    /// nobody has made the next one yet.
    /// </summary>
    private bool MayHaveMoved(string name, View view)
    {
        if (_looked == view) return false; // looked at already; what failed is remembered
        return !_unsettled.IsEmpty || _looked is null
            || !view.Candidates(name, _options.Copies).AsSpan().SequenceEqual(_looked.Candidates(name, _options.Copies));
    }

    // Not named as the method above: an empty collection expression would choose this one, and nothing be settled.
    private async Task SettleNextAsync(ConcurrentQueue<string> names, View view, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested && names.TryDequeue(out var name))
        {
            var mark = _unsettled.GetOrAdd(name, static _ => new object());
            // One that is kept again meanwhile has another mark by then, and is looked at again.
            if (_cluster.View.Id == view.Id && await TrySettleAsync(name, view)) _unsettled.TryRemove(KeyValuePair.Create(name, mark));
            Interlocked.Decrement(ref _remaining);
        }
    }

    /// <summary>
    /// False also where it takes long: then it goes on, the others do not wait for it, and it is tried again, since the call may
    /// have been lost.
    /// </summary>
    private async Task<bool> TrySettleAsync(string name, View view)
    {
        var settling = CallAsync(name, view);
        if (Volatile.Read(ref _left) >= MostLeft) return await settling;
        Task waited = settling.WaitAsync(Patience, _time);
        await waited.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (settling.IsCompleted) return await settling;
        _ = LeaveAsync(settling);
        return false;
    }

    private async Task LeaveAsync(Task settling)
    {
        Interlocked.Increment(ref _left);
        await settling;
        Interlocked.Decrement(ref _left);
    }

    /// <summary>Does not fail.</summary>
    private async Task<bool> CallAsync(string name, View view)
    {
        try
        {
            var stream = _streams.Of(StreamName.Parse(name));
            var held = _copies.VersionOf(name);
            var outcome = await stream.Settle(_copies.BegunOf(name));
            // The first call has ended the activation, and the next one makes it where the stream should run.
            if (outcome == SettleOutcome.Moves) outcome = await stream.Settle(_copies.BegunOf(name));
            // An activation that does not know what this silo holds did not ask here: the next one will.
            if (outcome == SettleOutcome.Moves || (outcome == SettleOutcome.Unused && !_copies.BegunOf(name).IsNone)) return false;
            if (_cluster.View.Id != view.Id) return false;
            if (held is { } version && !view.Candidates(name, _options.Copies).Contains(_cluster.Self)) _copies.Release(name, version);
            return true;
        }
        catch (Exception) // of any kind: it is tried again, and the silo must not end for it
        {
            return false;
        }
    }

    private void LookAt(string kept)
    {
        _unsettled[kept] = new object();
        LookAgain();
    }

    private void LookAgain(TimeSpan pause) => _pause.Change(pause, Timeout.InfiniteTimeSpan);

    private void LookAgain()
    {
        lock (_due)
            if (_due.CurrentCount == 0) _due.Release();
    }

    /// <summary>
    /// A view, as of a version of the membership table: others may have been there for a moment when the same view comes
    /// back, and subscriptions and commands of a silo that left the view earlier end with it.
    /// </summary>
    private sealed record Moment(long Version, View View);
}
