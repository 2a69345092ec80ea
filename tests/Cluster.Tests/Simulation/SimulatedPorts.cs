using Malten.Grains.Members;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>A host refuses connections to its port once the process has ended; a paused or cut off one says nothing.</summary>
internal sealed class SimulatedPorts(World world, Breakage broken) : IPortProbe
{
    public Task<bool> RefusesAsync(SiloAddress silo, CancellationToken cancellationToken) =>
        Task.FromResult(broken.WaitsForNoDeparture || (world.Faults.HostsRefuse && world.Find(silo) is null));
}
