using System.Diagnostics;
using Malten.Streams.Limits;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Limits;

/// <summary>
/// Keeps what is resident near what clients make the node hold. The garbage collector knows nothing of the node's budget, and falls
/// behind when long requests come by the thousand on ever new connections. Beyond the budget and <see cref="Beside"/>, all garbage is
/// collected, which may take a twentieth of the time; until it has been, only clients that have few connections may open more
/// (<see cref="OpenedWhileShort"/>). Where that much is live, as in a silo of very many streams, garbage of up to a quarter may lie beside
/// it, and connections are refused beyond nearly half of it. Does nothing while little is held.
/// </summary>
/// <remarks>.NET documentation, "GCCollectionMode": Aggressive decommits as much memory as possible.</remarks>
internal sealed class MemoryPressure : IHostedService, IDisposable
{
    /// <summary>What may be resident beside the budget, in bytes: the program itself, 100 MiB, and requests on their way.</summary>
    public const long Beside = 100 * 1024 * 1024;

    private const long Garbage = 32 * 1024 * 1024; // beside what is live: about what the youngest generation may be on two processors
    private const int Share = 20;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly Func<long> _resident;
    private readonly Func<TimeSpan> _collect;
    private readonly ITimer _timer; // runs only while much is held: an idle node does nothing
    private readonly long _least;
    private long _most; // bytes that may be resident before garbage is collected
    private long _mostAtAll; // and before connections are refused
    private long _collected;
    private TimeSpan _pause; // until garbage may be collected again
    private int _isWatching;
    private int _isLooking;
    private bool _isHigh;
    private int _times;

    public MemoryPressure(Capacity capacity, IOptions<CapacityOptions> options, TimeProvider time)
        : this(capacity, options, time, static () => Environment.WorkingSet, Collect)
    {
    }

    /// <param name="resident">how many bytes are resident</param>
    /// <param name="collect">collects all garbage, and says for how long that stopped the node</param>
    internal MemoryPressure(
        Capacity capacity, IOptions<CapacityOptions> options, TimeProvider time, Func<long> resident, Func<TimeSpan> collect)
    {
        (_capacity, _time, _resident, _collect) = (capacity, time, resident, collect);
        _least = (options.Value.MaxMemoryMegabytes * 1024L * 1024L) + Beside;
        Bear(0);
        _timer = time.CreateTimer(_ => LookOnce(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How much garbage there may be, in bytes, beside what is live: soon more where that is beyond the bound.</summary>
    internal static long GarbageBeside(long live, long bound) =>
        Math.Max(Garbage, Math.Min(live / 4, Garbage + (3 * Math.Max(0, live - bound))));

    /// <summary>Whether more is resident than may be.</summary>
    public bool IsHigh => Volatile.Read(ref _isHigh);

    /// <summary>How often it has become so.</summary>
    public int Times => Volatile.Read(ref _times);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _capacity.HoldsMuch += Watch;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _capacity.HoldsMuch -= Watch;
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _timer.Dispose();

    private static TimeSpan Collect()
    {
        var began = Stopwatch.GetTimestamp();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        return Stopwatch.GetElapsedTime(began);
    }

    private void Watch()
    {
        if (Interlocked.Exchange(ref _isWatching, 1) == 0) _timer.Change(Period, Period);
    }

    private void Rest()
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Volatile.Write(ref _isHigh, false);
        Bear(0);
        Volatile.Write(ref _isWatching, 0);
        if (_capacity.Resident >= Capacity.Much) Watch(); // it grew in this moment
    }

    private void LookOnce()
    {
        if (Interlocked.Exchange(ref _isLooking, 1) == 1) return; // a machine so busy that the last look is still under way
        try
        {
            Look();
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }

    private void Look()
    {
        if (_capacity.Resident < Capacity.Much)
        {
            Rest();
            return;
        }

        var resident = _resident();
        if (resident > _mostAtAll && !_isHigh) Volatile.Write(ref _times, _times + 1);
        Volatile.Write(ref _isHigh, resident > _mostAtAll);
        if (resident <= _most || (_collected > 0 && _time.GetElapsedTime(_collected) < _pause)) return;
        _pause = _collect() * Share;
        if (_pause < ShortestPause) _pause = ShortestPause;
        _collected = _time.GetTimestamp();
        Bear(_resident());
        Volatile.Write(ref _isHigh, false);
    }

    /// <summary>From now on so much is known to be live.</summary>
    private void Bear(long live)
    {
        var garbage = GarbageBeside(live, _least);
        _most = Math.Max(_least, live + garbage);
        _mostAtAll = Math.Max(_least, live + (2 * garbage) - Garbage);
    }
}
