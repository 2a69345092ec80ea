using Malten.Streams.Life;

namespace Malten.Grains.Interfaces;

/// <summary>The public streams of all silos. The key is 0; the caller's own silo, or the one it is connected to, answers.</summary>
[Alias("malten.catalog")]
public interface ICatalogGrain : IGrainWithIntegerKey
{
    /// <summary>The public streams whose names begin with <paramref name="prefix"/>, the most recently used first.</summary>
    [ResponseTimeout("00:00:05")]
    Task<StreamListing[]> List(string prefix, int limit);
}
