using Malten.Grains.MessageStreams;
using Malten.Streams.Life;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;

namespace Malten.Grains.Catalog;

/// <summary>Lets other silos list the public streams that live on this one.</summary>
internal sealed class ListingService(GrainId grainId, Silo silo, ILoggerFactory loggers, LocalStreams local)
    : GrainService(grainId, silo, loggers), IListingService
{
    public Task<StreamListing[]> List(string prefix, int limit) => Task.FromResult(local.List(prefix, limit).ToArray());
}

/// <summary>Reaches the listing service of each silo (Orleans documentation, "Grain services").</summary>
internal sealed class ListingClient(IServiceProvider services) : GrainServiceClient<IListingService>(services)
{
    /// <summary>The listing service of a silo.</summary>
    public IListingService On(SiloAddress silo) => GetGrainService(silo);
}
