using Malten.Grains.Hosting;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams.Life;
using Orleans.Concurrency;

namespace Malten.Grains.Catalog;

/// <summary>
/// Asks every silo for its public streams and puts the answers together. Each silo has such grains of its own, as many as
/// it needs, so no request passes a place that all others pass.
/// </summary>
[StatelessWorker]
internal sealed class CatalogGrain(Peers peers) : Grain, ICatalogGrain
{
    public async Task<StreamListing[]> List(string prefix, int limit)
    {
        var lists = await Task.WhenAll(peers.Active.Select(silo => ListOfAsync(silo, prefix, limit)));
        return [.. lists.SelectMany(list => list)
            .GroupBy(listing => listing.Name, (_, same) => same.MaxBy(listing => listing.Updated)!) // one that moves is seen twice
            .OrderByDescending(listing => listing.Updated).Take(limit)];
    }

    private async Task<StreamListing[]> ListOfAsync(SiloAddress silo, string prefix, int limit)
    {
        try
        {
            return await peers.On(silo).List(prefix, limit);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            return []; // it has just died: its streams are on their way to other silos
        }
    }
}
