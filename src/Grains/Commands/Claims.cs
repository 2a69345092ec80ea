using Malten.Grains.Members;

namespace Malten.Grains.Commands;

/// <summary>A command that a silo is answering.</summary>
/// <param name="Command">The command's id.</param>
/// <param name="Silo">The silo that answers it.</param>
[GenerateSerializer, Immutable, Alias("malten.claim")]
internal sealed record CommandClaim(Guid Command, SiloAddress Silo);

/// <summary>Which silo answers which of a stream's commands. A command that is delivered to two silos is answered by one.</summary>
internal sealed class Claims
{
    // More commands than a stream can have waiting; the oldest one was answered long ago.
    private const int Capacity = 256;

    private OrderedDictionary<Guid, SiloAddress?>? _claims; // null as long as the stream has had no command; a null silo: settled

    /// <summary>The claims that are not settled.</summary>
    public CommandClaim[] Open => _claims is null ? [] :
        [.. _claims.Where(claim => claim.Value is not null).Select(claim => new CommandClaim(claim.Key, claim.Value!))];

    /// <summary>Whether any claim is not settled.</summary>
    public bool AreOpen => _claims?.Values.Any(silo => silo is not null) == true;

    /// <summary>True for the silo that asks first, however often it asks before the claim is settled.</summary>
    public bool TryClaim(Guid command, SiloAddress silo)
    {
        if (_claims?.TryGetValue(command, out var holder) == true) return silo.Equals(holder);
        Set(command, silo);
        return true;
    }

    /// <summary>Settles a command that no silo has claimed, so that none can; false when one has.</summary>
    public bool TryForgo(Guid command) => _claims?.ContainsKey(command) != true && Settle(command);

    /// <summary>Restores the claims that a former activation held.</summary>
    public void Restore(CommandClaim[] claims)
    {
        foreach (var (command, silo) in claims) Set(command, silo);
    }

    /// <summary>
    /// Settles a command that was answered or has failed: the death of its silo no longer matters. False when it was
    /// settled already.
    /// </summary>
    public bool Settle(Guid command)
    {
        if (_claims?.TryGetValue(command, out var holder) == true && holder is null) return false;
        Set(command, null);
        return true;
    }

    /// <summary>Settles all commands: the stream has ended, and its successor must hear nothing of them.</summary>
    public void SettleAll()
    {
        foreach (var command in _claims?.Keys.ToList() ?? []) Set(command, null);
    }

    /// <summary>Settles and returns the commands whose silos are gone: they will never be answered.</summary>
    public List<Guid> TakeLost(ClusterView view)
    {
        if (_claims is null) return [];
        var lost = _claims.Where(claim => claim.Value is { } silo && !view.IsActive(silo)).Select(claim => claim.Key).ToList();
        lost.ForEach(command => Settle(command));
        return lost;
    }

    private void Set(Guid command, SiloAddress? holder)
    {
        _claims ??= [];
        if (_claims.Count >= Capacity && !_claims.ContainsKey(command)) _claims.RemoveAt(0);
        _claims[command] = holder;
    }
}
