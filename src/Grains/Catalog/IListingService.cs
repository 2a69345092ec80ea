using Malten.Streams.Life;
using Orleans.Services;

namespace Malten.Grains.Catalog;

/// <summary>Lists the public streams that live on one silo. Each silo has this service; callers address it by silo.</summary>
[Alias("malten.listings")]
internal interface IListingService : IGrainService
{
    /// <summary>The public streams whose names begin with <paramref name="prefix"/>, the most recently used first.</summary>
    [ResponseTimeout("00:00:02")]
    Task<StreamListing[]> List(string prefix, int limit);
}
