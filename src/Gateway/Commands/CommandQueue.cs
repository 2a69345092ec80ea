using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>
/// The waiting and running commands of a node, within bounds per node and per stream. Streams take turns, so a busy one
/// delays only itself. Thread-safe.
/// </summary>
internal sealed class CommandQueue(ChatOptions bounds)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<StreamName, CommandLane> _lanes = [];
    private readonly Queue<CommandLane> _turns = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _places;
    private int _running;
    private bool _closed;

    /// <summary>Reserves a place; false when the queue is full for the node or this stream, or closed.</summary>
    public bool TryReserve(StreamName stream)
    {
        lock (_gate)
        {
            var known = _lanes.TryGetValue(stream, out var lane);
            if (_closed || _places >= bounds.MaxWaiting || lane?.Places >= bounds.MaxWaitingPerStream) return false;
            if (!known) _lanes[stream] = lane = new CommandLane(stream);
            _places++;
            lane!.Places++;
            return true;
        }
    }

    /// <summary>Returns a reserved place unused.</summary>
    public void Release(StreamName stream)
    {
        lock (_gate) Leave(_lanes[stream]);
    }

    /// <summary>Adds a command in the place reserved for it.</summary>
    public void Add(WaitingCommand command)
    {
        lock (_gate)
        {
            var lane = _lanes[command.Stream];
            lane.Waiting.Enqueue(command);
            TakeTurn(lane);
        }
    }

    /// <summary>Takes the next command to run, if one more may run; <see cref="Complete"/> must follow.</summary>
    public bool TryTake(out WaitingCommand command)
    {
        lock (_gate)
        {
            command = default;
            if (_running >= bounds.MaxConcurrent || !_turns.TryDequeue(out var lane)) return false;
            command = lane.Waiting.Dequeue();
            (_running, lane.Running, lane.HasTurn) = (_running + 1, lane.Running + 1, false);
            Leave(lane);
            TakeTurn(lane);
            return true;
        }
    }

    /// <summary>Records that a running command of this stream has ended.</summary>
    public void Complete(StreamName stream)
    {
        lock (_gate)
        {
            var lane = _lanes[stream];
            (_running, lane.Running) = (_running - 1, lane.Running - 1);
            TakeTurn(lane);
            ForgetIfUnused(lane);
            CheckDrained();
        }
    }

    /// <summary>Accepts no more commands; the task completes when those already here have ended.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            CheckDrained();
            return _drained.Task;
        }
    }

    private void TakeTurn(CommandLane lane)
    {
        if (lane.HasTurn || lane.Waiting.Count == 0 || lane.Running >= bounds.MaxConcurrentPerStream) return;
        lane.HasTurn = true;
        _turns.Enqueue(lane);
    }

    private void Leave(CommandLane lane)
    {
        _places--;
        lane.Places--;
        ForgetIfUnused(lane);
    }

    private void ForgetIfUnused(CommandLane lane)
    {
        if (lane is { Places: 0, Running: 0 }) _lanes.Remove(lane.Stream);
    }

    private void CheckDrained()
    {
        if (_closed && _running == 0 && _turns.Count == 0) _drained.TrySetResult();
    }
}
