using System.Collections.Concurrent;
using Malten.Grains.Members;

namespace Malten.Grains.Copies;

/// <summary>
/// Whether everything is where the view of the cluster puts it: each silo says so when it has moved what it holds, and a
/// view is settled when all active silos have said so, also one that is leaving: it may hold the only copy of a stream.
/// What a silo said before the membership table changed does not count: the same members may have come back after others
/// were there for a moment.
/// </summary>
internal sealed class Settlement(ClusterView cluster)
{
    private readonly ConcurrentDictionary<SiloAddress, (ulong View, long Version)> _settled = new();

    /// <summary>Whether all active silos have settled the view as this silo sees it.</summary>
    public bool IsSettled
    {
        get
        {
            var (version, view) = (cluster.Version, cluster.View);
            foreach (var silo in cluster.Active)
                if (!_settled.TryGetValue(silo, out var settled) || settled.View != view.Id || settled.Version < version)
                    return false;
            return true;
        }
    }

    /// <summary>A silo says which view it has settled, as of a version of the membership table.</summary>
    public void Report(SiloAddress silo, ulong view, long version)
    {
        _settled.AddOrUpdate(silo, (view, version), (_, said) => said.Version > version ? said : (view, version));
        foreach (var gone in _settled.Keys)
            if (cluster.IsDead(gone)) // one that is not known yet may be about to be
                _settled.TryRemove(gone, out _);
    }
}
