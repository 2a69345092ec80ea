using System.Collections.Concurrent;
using Malten.Grains.Members;

namespace Malten.Grains.Copies;

/// <summary>
/// Whether everything is where the view of the cluster puts it: each silo says so when it has moved what it holds, and a
/// view is settled when all of its members have said so. What a silo said before the membership table changed does not
/// count: the same members may have come back after others were there for a moment.
/// </summary>
internal sealed class Settlement(ClusterView cluster)
{
    private readonly ConcurrentDictionary<SiloAddress, (ulong View, long Version)> _settled = new();

    /// <summary>Whether all members have settled the view as this silo sees it.</summary>
    public bool IsSettled
    {
        get
        {
            var (version, view) = (cluster.Version, cluster.View);
            foreach (var member in view.Members)
                if (!_settled.TryGetValue(member, out var settled) || settled.View != view.Id || settled.Version < version)
                    return false;
            return true;
        }
    }

    /// <summary>A silo says which view it has settled, as of a version of the membership table.</summary>
    public void Report(SiloAddress silo, ulong view, long version)
    {
        _settled[silo] = (view, version);
        foreach (var gone in _settled.Keys)
            if (!gone.Equals(silo) && !cluster.View.Includes(gone))
                _settled.TryRemove(gone, out _);
    }
}
