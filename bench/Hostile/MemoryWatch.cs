using Malten.Bench.Load.Servers;

namespace Malten.Bench.Hostile;

/// <summary>The resident memory of processes, looked at ten times a second. Of several, the largest counts.</summary>
internal sealed class MemoryWatch : IDisposable
{
    private readonly List<ProcessUsage> _processes;
    private readonly Timer _timer;
    private long _peak;

    public MemoryWatch(IEnumerable<int> processes)
    {
        _processes = [.. processes.Select(process => new ProcessUsage(process, withChildren: false))];
        _timer = new Timer(_ => _peak = Math.Max(_peak, Now), null, TimeSpan.Zero, TimeSpan.FromSeconds(0.1));
    }

    /// <summary>The resident bytes now.</summary>
    public long Now => _processes.Max(process => process.ResidentBytes);

    /// <summary>The most since this was asked last.</summary>
    public long TakePeak() => Interlocked.Exchange(ref _peak, 0);

    public void Dispose() => _timer.Dispose();
}
