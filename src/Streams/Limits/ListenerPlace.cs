namespace Malten.Streams.Limits;

/// <summary>
/// The place of one open listener, with the memory that it takes, counted to its client until it is disposed of or has to
/// give way to another client. Thread-safe.
/// </summary>
public sealed class ListenerPlace : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Capacity _capacity;
    private readonly Share _share;
    private readonly long _bytes;
    private readonly LinkedListNode<ListenerPlace> _node;
    private Action? _dismissed;
    private bool _isDismissed;
    private bool _isGone;

    internal ListenerPlace(Capacity capacity, Share share, long bytes)
    {
        (_capacity, _share, _bytes) = (capacity, share, bytes);
        _node = new LinkedListNode<ListenerPlace>(this); // it may have to give way as soon as it is added
        share.Add(Resource.Bytes, bytes);
        share.AddListener(_node);
    }

    /// <summary>Names what runs once the place has been taken from the listener, which should then end.</summary>
    public void OnDismissed(Action dismissed)
    {
        lock (_gate)
        {
            _dismissed = dismissed;
            if (!_isDismissed) return;
        }

        dismissed();
    }

    /// <summary>Gives the place back. Does so once, however often it is called.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isGone) return;
            _isGone = true;
        }

        _share.RemoveListener(_node);
        _share.Add(Resource.Bytes, -_bytes);
        _capacity.RemoveListener(_bytes);
    }

    /// <summary>Takes the place from the listener.</summary>
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
