using System.Runtime.InteropServices;
using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>
/// What one client makes a node hold, and in which order it gives way when room is scarce: its commands, its oldest
/// messages, then the streams that it began, the oldest first and those last in which others have spoken, and its listeners,
/// the youngest first. Thread-safe; its lock is the innermost.
/// </summary>
public sealed class Share
{
    private const int FewStale = 64; // entries of what is gone already, beyond which they are removed

    private readonly Lock _gate = new();
    private readonly Shares _shares;
    private readonly long[] _held = new long[3];
    private Queue<(IMessageHolder Feed, Timestamp Message)>? _messages;
    private Queue<(IBegunStream Stream, Timestamp Begun)>? _streams;
    private LinkedList<ListenerPlace>? _listeners;
    private Dictionary<IMessageHolder, int>? _events;
    private int _messagesHeld;
    private int _uses;
    private bool _isGone;

    internal Share(ClientKey client, Shares shares) => (Client, _shares) = (client, shares);

    /// <summary>The client.</summary>
    public ClientKey Client { get; }

    /// <summary>What all clients of its network hold together; null before the first use.</summary>
    internal NetworkShare? Network { get; private set; }

    /// <summary>How often the client may be refused before it is looked again at who holds most.</summary>
    internal int Refusals { get; set; }

    /// <summary>How much the client holds.</summary>
    public long Held(Resource resource) => Volatile.Read(ref _held[(int)resource]);

    /// <summary>Ends a use that began with <see cref="Shares.Enter"/>. A share that holds nothing is forgotten with its last use.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _uses--;
            ForgetIfEmpty();
        }
    }

    internal bool TryEnter()
    {
        lock (_gate)
        {
            if (_isGone) return false;
            Network ??= _shares.Join(Client.Network);
            _uses++;
            return true;
        }
    }

    /// <summary>Counts what the client holds from now on; a negative amount, what it holds no more.</summary>
    internal void Add(Resource resource, long amount)
    {
        lock (_gate) Change(resource, amount);
    }

    internal void AddMessage(IMessageHolder feed, Timestamp message)
    {
        lock (_gate)
        {
            _messagesHeld++;
            (_messages ??= []).Enqueue((feed, message));
            if (_messages.Count > (2 * _messagesHeld) + FewStale)
                _messages = new(_messages.Where(entry => !entry.Feed.IsGone(entry.Message)));
        }
    }

    internal void RemoveMessage()
    {
        lock (_gate)
            if (--_messagesHeld == 0)
                _messages = null;
    }

    internal void AddEvent(IMessageHolder feed, long bytes)
    {
        lock (_gate)
        {
            Change(Resource.Bytes, bytes);
            CollectionsMarshal.GetValueRefOrAddDefault(_events ??= [], feed, out _)++;
        }
    }

    internal void RemoveEvent(IMessageHolder feed, long bytes)
    {
        lock (_gate)
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_events!, feed);
            if (--count == 0) _events!.Remove(feed);
            Change(Resource.Bytes, -bytes);
        }
    }

    internal void AddStream(IBegunStream stream, Timestamp begun)
    {
        lock (_gate)
        {
            Change(Resource.Streams, 1);
            (_streams ??= []).Enqueue((stream, begun));
            if (_streams.Count > (2 * Held(Resource.Streams)) + FewStale)
                _streams = new(_streams.Where(entry => entry.Stream.IsSince(entry.Begun)));
        }
    }

    internal void AddListener(LinkedListNode<ListenerPlace> place)
    {
        lock (_gate)
        {
            (_listeners ??= []).AddLast(place);
            Change(Resource.Listeners, 1);
        }
    }

    internal void RemoveListener(LinkedListNode<ListenerPlace> place)
    {
        lock (_gate)
        {
            place.List?.Remove(place); // not there any more if it has been taken to give way
            Change(Resource.Listeners, -1);
        }
    }

    /// <summary>Lets go of so much, or of all there is, and returns how much that was. Called without any lock.</summary>
    internal long GiveWay(Resource resource, long amount)
    {
        var before = Held(resource);
        var (ofMemory, ofStreams, ofListeners) = (resource == Resource.Bytes, resource != Resource.Listeners, resource != Resource.Streams);
        while (ofMemory && IsMoreAsked() && FeedWithEvents() is { } feed) feed.GiveUpEvents();
        while (ofMemory && IsMoreAsked() && Next(ref _messages) is { Feed: { } feed } message) feed.GiveUp(message.Message);
        var kept = new Queue<(IBegunStream Stream, Timestamp Begun)>();
        while (ofStreams && IsMoreAsked() && Next(ref _streams) is { Stream: { } stream } begun)
            if (!stream.GiveWay(begun.Begun, anyway: false))
                kept.Enqueue(begun);
        while (ofListeners && IsMoreAsked() && TakeYoungest() is { } place) place.Dismiss();
        while (IsMoreAsked() && kept.TryDequeue(out var begun)) begun.Stream.GiveWay(begun.Begun, anyway: true);
        Keep(kept);
        return before - Held(resource);

        bool IsMoreAsked() => before - Held(resource) < amount;
    }

    private void Keep(Queue<(IBegunStream Stream, Timestamp Begun)> streams)
    {
        lock (_gate)
            foreach (var stream in streams)
                (_streams ??= []).Enqueue(stream);
    }

    private IMessageHolder? FeedWithEvents()
    {
        lock (_gate) return _events?.Keys.FirstOrDefault();
    }

    private T Next<T>(ref Queue<T>? queue) where T : struct
    {
        lock (_gate) return queue?.TryDequeue(out var next) == true ? next : default;
    }

    private ListenerPlace? TakeYoungest()
    {
        lock (_gate)
        {
            if (_listeners?.Last is not { } youngest) return null;
            _listeners.RemoveLast();
            return youngest.Value;
        }
    }

    private void Change(Resource resource, long amount)
    {
        _held[(int)resource] += amount;
        Network!.Add(resource, amount); // whoever changes it has entered
        ForgetIfEmpty();
    }

    private void ForgetIfEmpty()
    {
        if (_isGone || _uses > 0 || _held.AsSpan().ContainsAnyExcept(0)) return;
        _isGone = true;
        _shares.Forget(this);
    }
}
