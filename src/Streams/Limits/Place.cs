using System.Runtime.InteropServices;

namespace Malten.Streams.Limits;

/// <summary>
/// The place of one open listener, with the memory that it takes, or of one open connection: counted to its client until it is
/// disposed of or has to give way to another client. Thread-safe.
/// </summary>
public sealed class Place : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Capacity _capacity;
    private readonly Share _share;
    private readonly Resource _resource;
    private readonly long _bytes;
    private readonly LinkedListNode<Place> _node;
    private Action? _dismissed;
    private int _listeners;
    private bool _isDismissed;
    private bool _isGone;
    private Dictionary<IChargedMemory, long>? _charges;

    internal Place(Capacity capacity, Share share, Resource resource, long bytes)
    {
        (_capacity, _share, _resource, _bytes) = (capacity, share, resource, bytes);
        _node = new LinkedListNode<Place>(this); // it may have to give way as soon as it is added
        share.AddPlace(resource, _node);
    }

    /// <summary>The memory that it takes, without what is charged to it.</summary>
    internal long Bytes => _bytes;

    /// <summary>Whether that memory is counted to its client, whose lock guards this.</summary>
    internal bool IsCounted { get; set; }

    /// <summary>Whether it is of a connection on which nobody listens, which its client's lock guards.</summary>
    internal bool IsIdle { get; set; }

    /// <summary>Names what runs once the place has been taken from whoever had it, which should then end.</summary>
    public void OnDismissed(Action dismissed)
    {
        lock (_gate)
        {
            _dismissed = dismissed;
            if (!_isDismissed) return;
        }

        dismissed();
    }

    /// <summary>
    /// Counts so much more memory to the client, which the node holds for its listener: a replica of a stream that lives
    /// elsewhere. A negative number takes it off the count; what is left is, once the place is given back.
    /// </summary>
    public void Charge(IChargedMemory memory, long bytes)
    {
        lock (_gate)
        {
            if (_isGone || bytes == 0) return;
            ref var charged = ref CollectionsMarshal.GetValueRefOrAddDefault(_charges ??= [], memory, out _);
            if ((charged += bytes) == 0) _charges.Remove(memory);
            _share.Add(Resource.Bytes, bytes);
        }
    }

    /// <summary>
    /// So many more listen on this connection, or fewer. While anybody does, its memory is in what a listener counts, and it gives way
    /// after those of its client on which nobody does. Called without any lock.
    /// </summary>
    public void ChangeListeners(int by)
    {
        var was = false;
        lock (_gate)
        {
            was = _listeners == 0;
            _listeners += by;
            if (_isGone || was == (_listeners == 0)) return;
            _share.SetIdle(_node, !was);
        }

        _capacity.ChangeIdle(was ? -1 : 1);
    }

    /// <summary>Has what is charged to it let go of so much, or of all there is. Called without any lock.</summary>
    internal void GiveUp(long bytes)
    {
        KeyValuePair<IChargedMemory, long>[] charges;
        lock (_gate) charges = [.. _charges ?? []];
        foreach (var (memory, charged) in charges)
        {
            if (bytes <= 0) return;
            var held = _share.Held(Resource.Bytes);
            memory.GiveUp(Math.Min(bytes, charged));
            bytes -= held - _share.Held(Resource.Bytes);
        }
    }

    /// <summary>Gives the place back. Does so once, however often it is called.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isGone) return;
            _isGone = true;
        }

        _share.RemovePlace(_resource, _node);
        if (_charges is { Count: > 0 }) _share.Add(Resource.Bytes, -_charges.Values.Sum());
        _capacity.RemovePlace(_resource, _bytes, IsIdle);
    }

    /// <summary>Takes the place from whoever has it.</summary>
    internal void Dismiss()
    {
        Action? dismissed;
        lock (_gate)
        {
            _isDismissed = true;
            dismissed = _dismissed;
        }

        Dispose();
        if (dismissed is not null) ThreadPool.UnsafeQueueUserWorkItem(static ended => ended(), dismissed, preferLocal: false);
    }
}
