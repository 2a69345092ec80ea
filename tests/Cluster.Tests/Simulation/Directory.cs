namespace Malten.Cluster.Tests.Simulation;

/// <summary>
/// The grain directory: where each stream's activation is. It forgets the entries of silos that were declared dead, and now
/// and then another, so that a stream has two activations for a while.
/// </summary>
internal sealed class Directory(Table table)
{
    private readonly Dictionary<string, SiloAddress> _entries = [];

    /// <summary>The silo that has the activation of a stream; null when none has.</summary>
    public SiloAddress? Find(string stream) =>
        _entries.TryGetValue(stream, out var silo) && table.Snapshot.GetSiloStatus(silo) != SiloStatus.Dead ? silo : null;

    /// <summary>Registers an activation, unless there is another; returns the silo of whichever there is.</summary>
    public SiloAddress Register(string stream, SiloAddress silo) => Find(stream) ?? (_entries[stream] = silo);

    public void Unregister(string stream, SiloAddress silo)
    {
        if (_entries.GetValueOrDefault(stream)?.Equals(silo) == true) _entries.Remove(stream);
    }

    public void Forget(string stream) => _entries.Remove(stream);
}
