namespace Malten.Grains.Commands;

/// <summary>
/// The commands that this silo has begun to answer, so that it answers each once even when a command is delivered twice.
/// Remembers the latest 16,384.
/// </summary>
internal sealed class TakenCommands
{
    // More than can arrive before a failed delivery is repeated.
    private const int Capacity = 16_384;

    private readonly Lock _gate = new();
    private readonly HashSet<Guid> _taken = [];
    private readonly Queue<Guid> _order = new();

    /// <summary>True the first time that it is called for a command.</summary>
    public bool TryTake(Guid command)
    {
        lock (_gate)
        {
            if (!_taken.Add(command)) return false;
            _order.Enqueue(command);
            if (_order.Count > Capacity) _taken.Remove(_order.Dequeue());
            return true;
        }
    }
}
