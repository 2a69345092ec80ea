using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;

namespace Malten.Grains.MessageStreams;

/// <summary>Which silo answers which of a stream's commands: each is answered by one, even when it was delivered to two.</summary>
internal sealed class Claims
{
    // More than a stream may have under way; the oldest has long been answered.
    private const int Most = 256;

    private OrderedDictionary<Guid, SiloAddress?>? _claims; // most streams never have a command

    /// <summary>Those that are not settled.</summary>
    public CommandClaim[] Open => _claims is null ? [] :
        [.. _claims.Where(claim => claim.Value is not null).Select(claim => new CommandClaim(claim.Key, claim.Value!))];

    /// <summary>True for the silo that asks first, however often it asks before the claim is settled.</summary>
    public bool TryClaim(Guid command, SiloAddress silo)
    {
        if (_claims?.TryGetValue(command, out var holder) == true) return silo.Equals(holder);
        Set(command, silo);
        return true;
    }

    /// <summary>Settles a command that nobody has claimed, so that nobody will; false when somebody has.</summary>
    public bool TryForgo(Guid command) => _claims?.ContainsKey(command) != true && Settle(command);

    /// <summary>Takes over what a former activation knew.</summary>
    public void Restore(CommandClaim[] claims)
    {
        foreach (var (command, silo) in claims) Set(command, silo);
    }

    /// <summary>
    /// The command was answered, or failed: nobody needs to hear of its silo's death. False when that was known already.
    /// </summary>
    public bool Settle(Guid command)
    {
        if (_claims?.TryGetValue(command, out var holder) == true && holder is null) return false;
        Set(command, null);
        return true;
    }

    /// <summary>The stream has ended, and whoever takes its name hears nothing of its commands.</summary>
    public void SettleAll()
    {
        foreach (var command in _claims?.Keys.ToList() ?? []) Set(command, null);
    }

    /// <summary>The commands that were claimed by silos that are gone: they will not be answered.</summary>
    public List<Guid> TakeLost(Peers peers)
    {
        if (_claims is null) return [];
        var lost = _claims.Where(claim => claim.Value is { } silo && !peers.IsActive(silo)).Select(claim => claim.Key).ToList();
        lost.ForEach(command => Settle(command));
        return lost;
    }

    private void Set(Guid command, SiloAddress? holder)
    {
        _claims ??= [];
        if (_claims.Count >= Most && !_claims.ContainsKey(command)) _claims.RemoveAt(0);
        _claims[command] = holder;
    }
}
