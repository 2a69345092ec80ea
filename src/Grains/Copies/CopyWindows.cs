using System.Collections.Concurrent;
using Malten.Grains.Members;

namespace Malten.Grains.Copies;

/// <summary>
/// Bounds what is on its way to each silo of streams that cross in pieces: about a megabyte, so that posts and the probes
/// by which silos watch each other come through while large streams move.
/// </summary>
internal sealed class CopyWindows(ClusterView cluster)
{
    private const int Pieces = 8;

    private readonly ConcurrentDictionary<SiloAddress, SemaphoreSlim> _windows = new();

    /// <summary>Waits for a place on the way to a silo; to be disposed of when the piece has arrived.</summary>
    public async ValueTask<IDisposable> EnterAsync(SiloAddress silo)
    {
        foreach (var gone in _windows.Keys)
            if (cluster.IsDead(gone)) _windows.TryRemove(gone, out _);
        var window = _windows.GetOrAdd(silo, static _ => new SemaphoreSlim(Pieces));
        await window.WaitAsync();
        return new Place(window);
    }

    private sealed class Place(SemaphoreSlim window) : IDisposable
    {
        public void Dispose() => window.Release();
    }
}
