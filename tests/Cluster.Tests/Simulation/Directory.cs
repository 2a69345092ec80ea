namespace Malten.Cluster.Tests.Simulation;

/// <summary>
/// The grain directory: where each stream's activation is. It forgets the entries of silos that were declared dead, and now
/// and then another, so that a stream has two activations for a while. A silo that was declared dead and has not heard of it
/// still keeps a part of the directory: it finds only itself there.
/// </summary>
internal sealed class Directory(Table table)
{
    private readonly Dictionary<string, SiloAddress> _entries = [];

    /// <summary>The silo that has the activation of a stream; null when none has.</summary>
    public SiloAddress? Find(string stream) => _entries.TryGetValue(stream, out var silo) && !IsDead(silo) ? silo : null;

    /// <summary>The same for a silo that asks.</summary>
    public SiloAddress? Find(string stream, SiloAddress by) => IsDead(by) ? null : Find(stream);

    /// <summary>Registers an activation, unless there is another; returns the silo of whichever there is.</summary>
    public SiloAddress Register(string stream, SiloAddress silo) => IsDead(silo) ? silo : Find(stream) ?? (_entries[stream] = silo);

    public void Unregister(string stream, SiloAddress silo)
    {
        if (_entries.GetValueOrDefault(stream)?.Equals(silo) == true) _entries.Remove(stream);
    }

    public void Forget(string stream) => _entries.Remove(stream);

    private bool IsDead(SiloAddress silo) => table.Snapshot.GetSiloStatus(silo) == SiloStatus.Dead;
}
