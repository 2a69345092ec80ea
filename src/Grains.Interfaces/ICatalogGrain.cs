using Malten.Streams.Life;

namespace Malten.Grains.Interfaces;

/// <summary>The list of public streams: asked of every silo, from whichever silo is near. Key 0.</summary>
[Alias("malten.catalog")]
public interface ICatalogGrain : IGrainWithIntegerKey
{
    /// <summary>The public streams whose names begin so, the most recently used first.</summary>
    [ResponseTimeout("00:00:05")]
    Task<StreamListing[]> List(string prefix, int limit);
}
