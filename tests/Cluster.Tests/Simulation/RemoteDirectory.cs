using Orleans.GrainDirectory;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>The grain directory as one silo reaches it.</summary>
internal sealed class RemoteDirectory(Node from, World world) : IGrainDirectory
{
    public Task<GrainAddress?> Lookup(GrainId grainId) => from.Network.AskAsync(from, () =>
        world.Directory.Find(grainId.Key.ToString()!, from.Address) is { } silo ? new GrainAddress { GrainId = grainId, SiloAddress = silo } : null);

    public Task<GrainAddress?> Register(GrainAddress address) => throw new NotSupportedException();

    public Task Unregister(GrainAddress address) => throw new NotSupportedException();

    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => throw new NotSupportedException();
}
