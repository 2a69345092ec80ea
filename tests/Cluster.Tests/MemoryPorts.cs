using System.Collections.Concurrent;
using Malten.Grains.Members;

namespace Malten.Cluster.Tests;

/// <summary>
/// The ports of silos that speak through memory: nobody listens on them, so each would look like that of a process that has
/// ended. One is refused here once its silo has been disposed of.
/// </summary>
internal sealed class MemoryPorts : IPortProbe, IDisposable
{
    private static readonly ConcurrentDictionary<SiloAddress, bool> Open = new();

    private readonly SiloAddress _self;

    public MemoryPorts(ILocalSiloDetails self)
    {
        _self = self.SiloAddress;
        Open[_self] = true;
    }

    public Task<bool> RefusesAsync(SiloAddress silo, CancellationToken cancellationToken) => Task.FromResult(!Open.ContainsKey(silo));

    public void Dispose() => Open.TryRemove(_self, out _);
}
