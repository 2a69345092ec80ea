using Malten.Grains.Copies;
using Malten.Grains.Members;

namespace Malten.Grains.Settling;

/// <summary>Something that a silo tells every active silo, itself included, each until it has heard it.</summary>
internal sealed class Announcement(ClusterView cluster, ICopyServices silos, Func<ICopyService, Task> tell)
{
    private readonly HashSet<SiloAddress> _heard = [];

    /// <summary>Whether all silos that are active now have heard it.</summary>
    public bool IsHeardByAll => _heard.IsSupersetOf(cluster.Active);

    /// <summary>Tells those that have not heard it. Not to be called again before it has returned.</summary>
    public async Task TellAsync()
    {
        var open = cluster.Active.Where(silo => !_heard.Contains(silo)).ToList();
        var answers = await Task.WhenAll(open.Select(TryTellAsync));
        _heard.UnionWith(open.Where((_, index) => answers[index]));
    }

    private async Task<bool> TryTellAsync(SiloAddress silo)
    {
        try
        {
            await tell(silos.On(silo));
            return true;
        }
        catch (Exception) // of any kind: it is told again, unless it is declared dead meanwhile
        {
            return false;
        }
    }
}
