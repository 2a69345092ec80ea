using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>
/// The waiting and running commands of a node, within bounds per node and per stream. Streams take turns, so a busy one
/// delays only itself. Where there is no room, whoever has most commands waiting gives way. Thread-safe.
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

    /// <summary>Whether it accepts no more commands.</summary>
    public bool IsClosed
    {
        get { lock (_gate) return _closed; }
    }

    /// <summary>
    /// Reserves a place; false when the queue is closed, or full for the node or this stream. Where it is full,
    /// <paramref name="given"/> is the command that gave its place: the newest of whoever has most waiting, if that is at least
    /// two more than the client has.
    /// </summary>
    public bool TryReserve(StreamName stream, ClientKey client, out WaitingCommand? given)
    {
        lock (_gate)
        {
            given = null;
            if (_closed) return false;
            var known = _lanes.TryGetValue(stream, out var lane);
            if (lane?.Places >= bounds.MaxWaitingPerStream) given = GiveWay([lane], client);
            else if (_places >= bounds.MaxWaiting) given = GiveWay(_lanes.Values, client);
            if (_places >= bounds.MaxWaiting || lane?.Places >= bounds.MaxWaitingPerStream) return false;
            if (!known || given?.Stream == stream) _lanes[stream] = lane ??= new CommandLane(stream);
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
            lane.Waiting.Add(command);
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
            command = lane.Waiting[0];
            lane.Waiting.RemoveAt(0);
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

    private WaitingCommand? GiveWay(IEnumerable<CommandLane> lanes, ClientKey client)
    {
        var waiting = lanes.SelectMany(lane => lane.Waiting).OrderBy(command => command.Command.Created).ToArray();
        var clients = waiting.CountBy(command => command.Command.Client).ToDictionary();
        var networks = waiting.CountBy(command => command.Command.Client.Network).ToDictionary();
        if (waiting.Length == 0) return null;
        var given = waiting.Reverse().MaxBy(command => Weight(command.Command.Client));
        if (Weight(given.Command.Client) < Weight(client) + 2) return null;
        var lane = _lanes[given.Stream];
        lane.Waiting.Remove(given);
        if (lane.HasTurn && lane.Waiting.Count == 0) SkipTurn(lane);
        Leave(lane);
        return given;

        int Weight(ClientKey one) => Math.Max(clients.GetValueOrDefault(one), networks.GetValueOrDefault(one.Network) / Shares.ClientsOfNetwork);
    }

    private void SkipTurn(CommandLane lane)
    {
        lane.HasTurn = false;
        for (var left = _turns.Count; left > 0; left--)
            if (_turns.Dequeue() is var next && next != lane)
                _turns.Enqueue(next);
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
