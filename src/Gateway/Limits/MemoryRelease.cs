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
    private long _most;

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

    private void Watch() => _timer.Change(Period, Period);

    private void Look()
    {
        var held = _capacity.Bytes;
        if (held < Capacity.Much) _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _most = Math.Max(_most, held);
        if (_most - held < Capacity.Much) return;
        _most = held;
        Times++;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
    }
}
