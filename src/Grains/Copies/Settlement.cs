using System.Collections.Concurrent;
using Malten.Grains.Members;

namespace Malten.Grains.Copies;

/// <summary>
/// Whether everything is where the view of the cluster puts it: each silo says so when it has moved what it holds, and a
/// view is settled when all of its members have.
/// </summary>
internal sealed class Settlement(ClusterView cluster)
{
    private readonly ConcurrentDictionary<SiloAddress, ulong> _settled = new();

    /// <summary>Whether all members have settled the view as this silo sees it.</summary>
    public bool IsSettled
    {
        get
        {
            var view = cluster.View;
            foreach (var member in view.Members)
                if (!_settled.TryGetValue(member, out var settled) || settled != view.Id)
                    return false;
            return true;
        }
    }

    /// <summary>A silo says which view it has settled.</summary>
    public void Report(SiloAddress silo, ulong view)
    {
        _settled[silo] = view;
        foreach (var gone in _settled.Keys)
            if (!gone.Equals(silo) && !cluster.View.Includes(gone))
                _settled.TryRemove(gone, out _);
    }
}
