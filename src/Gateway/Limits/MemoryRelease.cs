using Malten.Streams.Limits;

namespace Malten.Gateway.Limits;

/// <summary>
/// Gives memory back to the operating system after a crowd has left. The garbage collector looks only when something is
/// allocated, so a node that falls silent would keep what it took at its fullest.
/// </summary>
/// <remarks>.NET documentation, "GCCollectionMode": Aggressive decommits as much memory as possible.</remarks>
internal sealed class MemoryRelease : IHostedService, IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly Capacity _capacity;
    private readonly ITimer _timer; // runs only while much is held: an idle node does nothing
    private long _most; // since memory was given back last
    private int _isWatching;

    public MemoryRelease(Capacity capacity, TimeProvider time)
    {
        _capacity = capacity;
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
        if (_capacity.Bytes >= Capacity.Much) Watch(); // it grew in this moment
    }

    private void Look()
    {
        var held = _capacity.Bytes;
        _most = Math.Max(_most, Math.Max(held, _capacity.TakePeak()));
        if (_most < Capacity.Much)
        {
            Rest();
            return;
        }

        if (_most - held < Capacity.Much && held > Capacity.Much / 2) return; // not worth a pause
        _most = held;
        Times++;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
    }
}
