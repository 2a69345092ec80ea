namespace Malten.Grains.Commands;

/// <summary>The commands that this silo has taken on: each once, even when it was delivered twice.</summary>
internal sealed class TakenCommands
{
    // More than are delivered while one that failed on its way is delivered again.
    private const int Most = 16_384;

    private readonly Lock _gate = new();
    private readonly HashSet<Guid> _taken = [];
    private readonly Queue<Guid> _order = new();

    /// <summary>True the first time.</summary>
    public bool TryTake(Guid command)
    {
        lock (_gate)
        {
            if (!_taken.Add(command)) return false;
            _order.Enqueue(command);
            if (_order.Count > Most) _taken.Remove(_order.Dequeue());
            return true;
        }
    }
}
