using Malten.Streams.Values;

namespace Malten.Streams.Bytes;

/// <summary>
/// Where senders find the receivers of one pipe: at each seat and channel, the one that came last. A receiver that does not
/// renew its registration for <see cref="Lease"/> is forgotten. Thread-safe.
/// </summary>
public sealed class ByteRendezvous(TimeProvider time)
{
    /// <summary>How long a registration is good for.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(12);

    /// <summary>How often it is renewed, at least.</summary>
    public static readonly TimeSpan Renewal = Lease / 3;

    private readonly Lock _gate = new();
    private readonly Dictionary<(int Seat, int Channel), Registration> _registered = [];
    private readonly Dictionary<(int Seat, int Channel), TaskCompletionSource<IReceivingEnd>> _awaited = [];

    /// <summary>How many receivers are registered.</summary>
    public int Count
    {
        get { lock (_gate) return _registered.Count; }
    }

    /// <summary>
    /// Registers a receiver or renews its registration; false when another has taken its place. One that is new cuts off the
    /// one before it, whose connection may be lost without this node's knowledge.
    /// </summary>
    public bool Register(int seat, int channel, IReceivingEnd end, bool isNew)
    {
        IReceivingEnd? former = null;
        lock (_gate)
        {
            if (_registered.TryGetValue((seat, channel), out var known) && known.End.Id != end.Id)
            {
                if (!isNew) return false;
                former = known.End;
            }

            _registered[(seat, channel)] = new Registration(end, Deadline.In(Lease, time));
            if (_awaited.Remove((seat, channel), out var awaited)) awaited.SetResult(end);
        }

        former?.CutOff();
        return true;
    }

    /// <summary>Forgets a receiver.</summary>
    public void Remove(int seat, int channel, Guid receiver)
    {
        lock (_gate)
            if (_registered.TryGetValue((seat, channel), out var known) && known.End.Id == receiver)
                _registered.Remove((seat, channel));
    }

    /// <summary>The receiver at a seat, as soon as there is one.</summary>
    public Task<IReceivingEnd> FindAsync(int seat, int channel)
    {
        lock (_gate)
        {
            if (_registered.TryGetValue((seat, channel), out var known) && !known.Until.HasPassed(time)) return Task.FromResult(known.End);
            _registered.Remove((seat, channel));
            if (!_awaited.TryGetValue((seat, channel), out var awaited))
                _awaited[(seat, channel)] = awaited = new TaskCompletionSource<IReceivingEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
            return awaited.Task;
        }
    }

    /// <summary>The pipe has ended: cuts off its receivers, and refuses those who wait for one.</summary>
    public void End(StreamRefusedException refusal)
    {
        lock (_gate)
        {
            foreach (var (end, _) in _registered.Values) end.CutOff();
            foreach (var awaited in _awaited.Values)
            {
                awaited.SetException(refusal);
                _ = awaited.Task.Exception; // observed even if nobody waits any more
            }

            _registered.Clear();
            _awaited.Clear();
        }
    }

    private sealed record Registration(IReceivingEnd End, Deadline Until);
}
