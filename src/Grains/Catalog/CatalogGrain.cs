using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Streams.Life;
using Orleans.Concurrency;

namespace Malten.Grains.Catalog;

/// <summary>
/// Asks every silo for its public streams and merges the answers. Each silo has as many of these grains as it needs, so
/// there is no single grain that all requests must pass.
/// </summary>
[StatelessWorker]
internal sealed class CatalogGrain(ClusterView view, ListingClient silos) : Grain, ICatalogGrain
{
    private const int Attempts = 2;

    public async Task<StreamListing[]> List(string prefix, int limit)
    {
        var lists = await Task.WhenAll(view.Active.Select(silo => ListOnAsync(silo, prefix, limit)));
        return [.. StreamListing.Newest(lists.SelectMany(list => list)
            // Two silos may list a stream that is moving.
            .GroupBy(listing => listing.Name, (_, same) => same.MaxBy(listing => listing.Updated)!), prefix, limit)];
    }

    private async Task<StreamListing[]> ListOnAsync(SiloAddress silo, string prefix, int limit)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await silos.On(silo).List(prefix, limit);
            }
            catch (Exception failure) when (Transient.Is(failure))
            {
                // The silo has just died, and its streams are on their way to others; unless it only had too much to do.
                if (attempt == Attempts || !view.IsActive(silo)) return [];
            }
        }
    }
}
