using Malten.Gateway.Memory;
using Malten.Streams.Limits;

namespace Malten.Gateway.Limits;

/// <summary>
/// Gives memory back to the operating system after a crowd has left. The garbage collector looks only when something is
/// allocated, so a node that falls silent would keep what it took at its fullest. A sweep gives it back, but stops the node for a
/// moment, and a client that comes and goes can bring that about: while what is held goes up and down, sweeps for this take at
/// most a five-hundredth of the time, and come every 20 s at most. Memory is given back 20 to 25 s after that has ended. What
/// was swept to be forgotten needs no sweep of its own.
/// </summary>
internal sealed class MemoryRelease : IHostedService, IDisposable
{
    private const int Share = 500;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(18); // the fourth look comes after it, however exact timers are

    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly Forgetting _forgetting;
    private readonly ITimer _timer; // runs only while much is held: an idle node does nothing
    private long _most; // since memory was given back last
    private int _isWatching;
    private long _before; // held at the last look
    private long _fallen; // when much less was held than before
    private long _released;
    private int _sweeps; // that were seen
    private TimeSpan _pause; // until the next time, as long as what is held goes up and down

    public MemoryRelease(Capacity capacity, TimeProvider time, Forgetting forgetting)
    {
        (_capacity, _time, _forgetting) = (capacity, time, forgetting);
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How often memory was given back.</summary>
    public int Times { get; private set; }

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

    private void Watch()
    {
        if (Interlocked.Exchange(ref _isWatching, 1) == 0) _timer.Change(Period, Period);
    }

    private void Rest()
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Volatile.Write(ref _isWatching, 0);
        if (_capacity.Resident >= Capacity.Much) Watch(); // it grew in this moment
    }

    private void Look()
    {
        var (held, peak) = (_capacity.Resident, _capacity.TakePeak());
        if (Math.Max(peak, _before) - held >= Capacity.Much / 2) _fallen = _time.GetTimestamp();
        _before = held;
        _most = Math.Max(WasSwept() ? 0 : _most, Math.Max(held, peak));
        if (_most < Capacity.Much)
        {
            Rest();
            return;
        }

        if (_most - held < Capacity.Much && held > Capacity.Much / 2) return; // not worth a pause
        if (_time.GetElapsedTime(_released) < _pause && _time.GetElapsedTime(_fallen) < Still) return;
        _most = held;
        _pause = _forgetting.Sweep() * Share;
        if (_pause < Still) _pause = Still;
        _released = _time.GetTimestamp();
        _sweeps = _forgetting.Sweeps;
        Times++;
    }

    private bool WasSwept()
    {
        var before = _sweeps;
        _sweeps = _forgetting.Sweeps;
        return _sweeps != before;
    }
}
