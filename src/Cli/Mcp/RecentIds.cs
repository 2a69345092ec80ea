namespace Malten.Cli.Mcp;

/// <summary>The ids that came last, so many of them.</summary>
internal sealed class RecentIds(int most)
{
    private readonly HashSet<Guid> _ids = [];
    private readonly Queue<Guid> _oldestFirst = [];

    public bool Contains(Guid id) => _ids.Contains(id);

    public void Remove(Guid id) => _ids.Remove(id);

    /// <summary>False when it is there.</summary>
    public bool Add(Guid id)
    {
        if (!_ids.Add(id)) return false;
        _oldestFirst.Enqueue(id);
        if (_oldestFirst.Count > most) _ids.Remove(_oldestFirst.Dequeue());
        return true;
    }
}
