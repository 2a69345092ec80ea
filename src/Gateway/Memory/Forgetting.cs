using System.Diagnostics;
using Malten.Streams.Limits;

namespace Malten.Gateway.Memory;

/// <summary>
/// Sees to it that what was let go is nowhere in the memory of this process a minute later. Our own code overwrites what it has
/// used. The rest, strings and copies that the server, TLS and the garbage collector have made, is swept: a collection gives all
/// memory back that no object is in, and the buffers that are kept for later are overwritten. Whatever is let go is swept over
/// twice within a minute, in case that something still held it the first time. So is what came with a request, or from another
/// node, and was never held. A sweep stops the node, for longer the more it holds: where sweeps would take more than a hundredth
/// of the time, there is up to twice as much time between them, and one within a minute has to do. Part of it is left to chance
/// then, so that the nodes of a cluster, which hear of each other, do not all sweep at once: a post waits for each that it needs. A
/// node that nobody uses does nothing; one of a cluster hears of the others, and sweeps.
/// </summary>
/// <remarks>.NET documentation, "GCCollectionMode": Aggressive decommits as much memory as possible.</remarks>
internal sealed partial class Forgetting : IHostedService, IDisposable
{
    /// <summary>How long after the first thing was let go the first sweep is.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    /// <summary>The least time between sweeps.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(25);

    /// <summary>The most time between sweeps.</summary>
    public static readonly TimeSpan LongestPeriod = TimeSpan.FromSeconds(50);

    /// <summary>The time between collections after many buffers were let go.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many of them there are. The first collection finds such buffers still held by connections that wait for their finalizers,
    /// and each gives back only what the one before has found empty of the heap that pinned arrays are on.
    /// </summary>
    public const int CollectionsAgain = 4;

    /// <summary>The most time that has to pass since such collections before there are others, where they stop the node for long.</summary>
    public static readonly TimeSpan BetweenDear = TimeSpan.FromMinutes(5);

    private const int SweepsAfterTheLast = 2;
    private const int Share = 100; // of the time, one part of which sweeps may take

    private readonly Capacity _capacity;
    private readonly IReadOnlyList<IKeptBuffers> _buffers;
    private readonly TimeProvider _time;
    private readonly ITimer _timer; // runs only while there is something to sweep
    private readonly ITimer _again;
    private readonly ILogger<Forgetting> _logger;
    private readonly Func<TimeSpan> _collect;
    private readonly Func<double> _chance;
    private TimeSpan _period = Period;
    private long? _lastAgain;
    private int _collectionsLeft;
    private int _sweepsLeft;
    private int _isSweeping;

    public Forgetting(Capacity capacity, IEnumerable<IKeptBuffers> buffers, TimeProvider time, ILogger<Forgetting> logger)
        : this(capacity, buffers, time, logger, Collect, Random.Shared.NextDouble)
    {
    }

    /// <param name="capacity">what is held</param>
    /// <param name="buffers">what is kept for later</param>
    /// <param name="time">the clock</param>
    /// <param name="logger">hears of what fails</param>
    /// <param name="collect">gives memory back, and says for how long that stopped the node</param>
    /// <param name="chance">a number from 0 to 1, another each time</param>
    internal Forgetting(
        Capacity capacity, IEnumerable<IKeptBuffers> buffers, TimeProvider time, ILogger<Forgetting> logger, Func<TimeSpan> collect,
        Func<double> chance)
    {
        (_capacity, _buffers, _time, _logger, _collect, _chance) = (capacity, [.. buffers], time, logger, collect, chance);
        _timer = time.CreateTimer(_ => SweepInTime(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _again = time.CreateTimer(_ => CollectAgain(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How often it has swept.</summary>
    public int Sweeps { get; private set; }

    /// <summary>How often it has collected garbage after a sweep.</summary>
    public int Collections { get; private set; }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _capacity.LetGo += Note;
        foreach (var buffers in _buffers) buffers.Used += Note;
        if (!PooledArrays.ReachesThreads) LogOutOfReach();
        Note(); // a silo that has joined again holds nothing of what it had before
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _capacity.LetGo -= Note;
        foreach (var buffers in _buffers) buffers.Used -= Note;
        await _timer.DisposeAsync(); // a sweep under way needs services that are about to go
        await _again.DisposeAsync();
    }

    public void Dispose()
    {
        _timer.Dispose();
        _again.Dispose();
    }

    /// <summary>There is something to be forgotten. Costs nothing when that is known already.</summary>
    public void Note()
    {
        if (Volatile.Read(ref _sweepsLeft) == SweepsAfterTheLast) return;
        if (Interlocked.Exchange(ref _sweepsLeft, SweepsAfterTheLast) <= 0) _timer.Change(Delay, _period);
    }

    /// <summary>Sweeps now, so that memory goes back to the operating system, and puts the next sweep off.</summary>
    /// <returns>For how long that stopped the node; zero where a sweep is under way.</returns>
    public TimeSpan Sweep()
    {
        if (Interlocked.Exchange(ref _isSweeping, 1) == 1) return TimeSpan.Zero;
        try
        {
            var isTrimmed = false;
            foreach (var buffers in _buffers) isTrimmed |= buffers.Trim();
            PooledArrays.TakeFromThreads();
            var pause = _collect();
            if (isTrimmed) CollectAgainAfter(pause);

            PooledArrays.Overwrite();
            foreach (var buffers in _buffers) buffers.Overwrite();
            _period = After(pause);
            Sweeps++;
            return pause;
        }
        catch (Exception exception) // of the buffers of others: the node goes on without
        {
            LogFailed(exception.GetType().Name);
            return TimeSpan.Zero;
        }
        finally
        {
            if (Volatile.Read(ref _sweepsLeft) > 0) _timer.Change(_period, _period);
            Volatile.Write(ref _isSweeping, 0);
        }
    }

    /// <summary>When the next sweep is: the time for which this one's share is small enough, less up to half of what that is beyond the least.</summary>
    private TimeSpan After(TimeSpan pause)
    {
        var period = TimeSpan.FromTicks(Math.Clamp(pause.Ticks * Share, Period.Ticks, LongestPeriod.Ticks));
        return period - ((period - Period) * (_chance() / 2));
    }

    private void SweepInTime()
    {
        if (Volatile.Read(ref _isSweeping) == 1) return; // a machine so busy that the last one is still under way
        if (Interlocked.Decrement(ref _sweepsLeft) <= 0)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            if (Volatile.Read(ref _sweepsLeft) > 0) _timer.Change(Delay, _period); // something was let go in this moment
        }

        Sweep();
    }

    /// <summary>
    /// Several collections begin once those before, with the sweeps since, have taken no more than their share of the time. Where sweeps
    /// take all of it, those that follow have to do.
    /// </summary>
    private void CollectAgainAfter(TimeSpan pause)
    {
        var left = 1 - (pause * Share / Period); // of the share, beside sweeps
        if (left <= 0) return;
        var between = pause * Share * CollectionsAgain / left;
        if (between > BetweenDear) between = BetweenDear;
        if (between > Period && Volatile.Read(ref _collectionsLeft) is > 0 and < CollectionsAgain) return; // those under way have to do
        var wait = _lastAgain is { } last ? between - _time.GetElapsedTime(last) : TimeSpan.Zero;
        Volatile.Write(ref _collectionsLeft, CollectionsAgain);
        _again.Change(wait > Again ? wait : Again, Again);
    }

    private void CollectAgain()
    {
        if (Volatile.Read(ref _collectionsLeft) == CollectionsAgain) _lastAgain = _time.GetTimestamp();
        if (Interlocked.Decrement(ref _collectionsLeft) <= 0) _again.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _collect();
        Collections++;
    }

    private static TimeSpan Collect()
    {
        var began = Stopwatch.GetTimestamp();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        return Stopwatch.GetElapsedTime(began);
    }

    [LoggerMessage(LogLevel.Warning, "In this version of .NET, buffers that threads keep can't be reached: a text may stay in memory for longer than a minute")]
    private partial void LogOutOfReach();

    [LoggerMessage(LogLevel.Error, "What was let go could not be swept: {Error}")]
    private partial void LogFailed(string error);
}
