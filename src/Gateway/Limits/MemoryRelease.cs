using Malten.Streams.Limits;

namespace Malten.Gateway.Limits;

/// <summary>
/// Gives memory back to the operating system after a crowd has left. The garbage collector looks only when something is
/// allocated, so a node that falls silent would keep what it took at its fullest.
/// </summary>
/// <remarks>.NET documentation, "GCCollectionMode": Aggressive decommits as much memory as possible.</remarks>
internal sealed class MemoryRelease(Capacity capacity, TimeProvider time) : IHostedService, IDisposable
{
    private const long Worthwhile = 32 * 1024 * 1024;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private ITimer? _timer;
    private long _most;

    /// <summary>How often memory was given back.</summary>
    public int Times { get; private set; }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(_ => Look(), null, Period, Period);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        var held = capacity.Bytes;
        _most = Math.Max(_most, held);
        if (_most - held < Worthwhile) return;
        _most = held;
        Times++;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
    }
}
