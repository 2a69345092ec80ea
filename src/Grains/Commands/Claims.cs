using Malten.Grains.Members;

namespace Malten.Grains.Commands;

/// <summary>A command that is neither answered nor has failed.</summary>
/// <param name="Command">The command's id.</param>
/// <param name="Silo">The silo that answers it; null as long as none has claimed it.</param>
[GenerateSerializer, Immutable, Alias("malten.claim")]
internal sealed record CommandClaim(Guid Command, SiloAddress? Silo);

/// <summary>
/// A stream's commands, and which silo answers each. A command that is delivered to two silos is answered by one.
/// </summary>
internal sealed class Claims
{
    // More commands than a stream can have waiting. Those that are settled are remembered only as long as there is room.
    private const int Capacity = 256;

    private OrderedDictionary<Guid, State>? _claims; // null as long as the stream has had no command

    /// <summary>The commands that are not settled.</summary>
    public CommandClaim[] Open => _claims is null ? [] :
        [.. _claims.Where(claim => !claim.Value.IsSettled).Select(claim => new CommandClaim(claim.Key, claim.Value.Silo))];

    /// <summary>Whether any command is not settled.</summary>
    public bool AreOpen => _claims?.Values.Any(state => !state.IsSettled) == true;

    /// <summary>Whether no more commands may wait.</summary>
    public bool AreFull => _claims?.Count >= Capacity && _claims.Values.All(state => !state.IsSettled);

    /// <summary>Whether the command was added, or claimed, or settled.</summary>
    public bool Contains(Guid command) => _claims?.ContainsKey(command) == true;

    /// <summary>Whether the command was answered or has failed.</summary>
    public bool IsSettled(Guid command) => StateOf(command) is { IsSettled: true };

    /// <summary>Adds a command that some silo is to claim.</summary>
    public void Add(Guid command) => Set(command, default);

    /// <summary>True for the silo that asks first, however often it asks before the command is settled.</summary>
    public bool TryClaim(Guid command, SiloAddress silo)
    {
        if (StateOf(command) is { } known && (known.IsSettled || known.Silo is not null)) return silo.Equals(known.Silo);
        Set(command, new State(silo));
        return true;
    }

    /// <summary>Settles a command that no silo has claimed, so that none can; false when one has.</summary>
    public bool TryForgo(Guid command) => StateOf(command)?.Silo is null && Settle(command);

    /// <summary>Restores the commands that a former activation had. Of two copies, one may not know yet which silo answers.</summary>
    public void Restore(CommandClaim[] claims)
    {
        foreach (var (command, silo) in claims)
            if (silo is not null || !Contains(command)) Set(command, new State(silo));
    }

    /// <summary>
    /// Settles a command that was answered or has failed: the death of its silo no longer matters. False when it was
    /// settled already.
    /// </summary>
    public bool Settle(Guid command)
    {
        if (StateOf(command) is { IsSettled: true }) return false;
        Set(command, new State(null, true));
        return true;
    }

    /// <summary>Settles all commands but some: the stream has ended, and its successor must hear nothing of them.</summary>
    public void SettleAll(Predicate<Guid> except)
    {
        foreach (var command in _claims?.Keys.Where(command => !except(command)).ToList() ?? []) Settle(command);
    }

    /// <summary>Settles and returns the commands whose silos are gone: they will never be answered.</summary>
    public List<Guid> TakeLost(ClusterView view)
    {
        if (_claims is null) return [];
        var lost = _claims.Where(claim => claim.Value.Silo is { } silo && !view.IsActive(silo)).Select(claim => claim.Key).ToList();
        lost.ForEach(command => Settle(command));
        return lost;
    }

    private State? StateOf(Guid command) => _claims?.TryGetValue(command, out var state) == true ? state : null;

    private void Set(Guid command, State state)
    {
        _claims ??= [];
        if (_claims.Count >= Capacity && !_claims.ContainsKey(command)) RemoveOldest();
        _claims[command] = state;
    }

    private void RemoveOldest()
    {
        var settled = 0;
        while (settled < _claims!.Count && !_claims.GetAt(settled).Value.IsSettled) settled++;
        _claims.RemoveAt(settled < _claims.Count ? settled : 0);
    }

    /// <summary>What became of a command.</summary>
    /// <param name="Silo">The silo that answers it, if one does.</param>
    /// <param name="IsSettled">Whether it was answered or has failed.</param>
    private readonly record struct State(SiloAddress? Silo, bool IsSettled = false);
}
