using Malten.Grains.Replicas;

namespace Malten.Grains.MessageStreams;

/// <summary>Which silo answers which of a stream's commands: each is answered by one, even when it was delivered twice.</summary>
internal sealed class Claims
{
    // More than a stream may have under way; the oldest has long been answered.
    private const int Most = 256;

    private OrderedDictionary<Guid, SiloAddress?>? _claims; // most streams never have a command

    /// <summary>True for the first caller.</summary>
    public bool TryClaim(Guid command, SiloAddress silo)
    {
        _claims ??= [];
        if (_claims.Count >= Most) _claims.RemoveAt(0);
        return _claims.TryAdd(command, silo);
    }

    /// <summary>The command was answered, or failed: nobody needs to hear of its silo's death.</summary>
    public void Settle(Guid command) => (_claims ??= [])[command] = null;

    /// <summary>The commands that were claimed by silos that are gone: they will not be answered.</summary>
    public List<Guid> TakeLost(Peers peers)
    {
        if (_claims is null) return [];
        var lost = _claims.Where(claim => claim.Value is { } silo && !peers.IsActive(silo)).Select(claim => claim.Key).ToList();
        lost.ForEach(Settle);
        return lost;
    }
}
