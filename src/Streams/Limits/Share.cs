using System.Runtime.InteropServices;
using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>
/// What one client makes a node hold, and in which order it gives way when room is scarce: what its listeners are charged
/// for, all of which another node has, its commands, its oldest messages, then the streams that it began, the oldest first and
/// those last in which others have spoken, and its listeners, the youngest first. What its oldest listener takes is not counted
/// as its memory: whoever has a single one would lose it to somebody who has none yet, come back, and take the place of the
/// next. Connections are a matter of their own: those on which nobody listens, the youngest first too, then the others. Thread-safe; its lock
/// is the innermost.
/// </summary>
public sealed class Share
{
    private const int FewStale = 64; // entries of what is gone already, beyond which they are removed

    private readonly Lock _gate = new();
    private readonly Shares _shares;
    private readonly long[] _held = new long[Enum.GetValues<Resource>().Length];
    private Queue<(IMessageHolder Feed, Timestamp Message)>? _messages;
    private Queue<(IBegunStream Stream, Timestamp Begun)>? _streams;
    private LinkedList<Place>? _listeners;
    private LinkedList<Place>? _connections;
    private Dictionary<IEventHolder, int>? _events;
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

    internal void AddEvent(IEventHolder holder, long bytes)
    {
        lock (_gate)
        {
            Change(Resource.Bytes, bytes);
            CollectionsMarshal.GetValueRefOrAddDefault(_events ??= [], holder, out _)++;
        }
    }

    internal void RemoveEvent(IEventHolder holder, long bytes)
    {
        lock (_gate)
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrNullRef(_events!, holder);
            if (--count == 0) _events!.Remove(holder);
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

    internal void AddPlace(Resource resource, LinkedListNode<Place> place)
    {
        lock (_gate)
        {
            var places = Places(resource) ??= [];
            places.AddLast(place);
            Change(resource, 1);
            if (resource == Resource.Connections) ChangeIdle(place.Value, true);
            if (places.First != place) Count(place.Value, true);
        }
    }

    internal void SetIdle(LinkedListNode<Place> connection, bool isIdle)
    {
        lock (_gate)
        {
            ChangeIdle(connection.Value, isIdle);
            if (connection.List is not { } places) return; // taken to give way
            places.Remove(connection);
            if (isIdle) places.AddLast(connection);
            else places.AddFirst(connection);
        }
    }

    internal void RemovePlace(Resource resource, LinkedListNode<Place> place)
    {
        lock (_gate)
        {
            place.List?.Remove(place); // not there any more if it has been taken to give way
            Count(place.Value, false);
            if (Places(resource)?.First is { } oldest) Count(oldest.Value, false);
            if (place.Value.IsIdle) Change(Resource.IdleConnections, -1);
            Change(resource, -1);
        }
    }

    /// <summary>Lets go of so much, or of all there is, and returns how much that was. Called without any lock.</summary>
    internal long GiveWay(Resource resource, long amount)
    {
        var before = Held(resource);
        if (resource is Resource.Connections or Resource.IdleConnections)
        {
            while (IsMoreAsked() && TakeYoungest(resource) is { } connection) connection.Dismiss();
            return before - Held(resource);
        }

        var (ofMemory, ofStreams, ofListeners) = (resource == Resource.Bytes, resource != Resource.Listeners, resource != Resource.Streams);
        foreach (var place in ofMemory ? Listeners() : [])
            if (IsMoreAsked())
                place.GiveUp(amount - before + Held(resource));
        while (ofMemory && IsMoreAsked() && HolderOfEvents() is { } holder) holder.GiveUpEvents(this);
        while (ofMemory && IsMoreAsked() && Next(ref _messages) is { Feed: { } feed } message) feed.GiveUp(message.Message);
        var kept = new Queue<(IBegunStream Stream, Timestamp Begun)>();
        while (ofStreams && IsMoreAsked() && Next(ref _streams) is { Stream: { } stream } begun)
            if (!stream.GiveWay(begun.Begun, anyway: false))
                kept.Enqueue(begun);
        while (ofListeners && IsMoreAsked() && TakeYoungest(Resource.Listeners, keeps: ofMemory ? 1 : 0) is { } place) place.Dismiss();
        for (var left = kept.Count; IsMoreAsked() && left > 0 && kept.TryDequeue(out var begun); left--)
            if (!begun.Stream.GiveWay(begun.Begun, anyway: true))
                kept.Enqueue(begun);
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

    private Place[] Listeners()
    {
        lock (_gate) return [.. _listeners ?? []];
    }

    private IEventHolder? HolderOfEvents()
    {
        lock (_gate) return _events?.Keys.FirstOrDefault();
    }

    private T Next<T>(ref Queue<T>? queue) where T : struct
    {
        lock (_gate) return queue?.TryDequeue(out var next) == true ? next : default;
    }

    private Place? TakeYoungest(Resource resource, int keeps = 0)
    {
        lock (_gate)
        {
            if (Places(resource) is not { Last: { } youngest } places || places.Count <= keeps) return null;
            if (resource == Resource.IdleConnections && !youngest.Value.IsIdle) return null;
            places.RemoveLast();
            return youngest.Value;
        }
    }

    private void Count(Place place, bool isCounted)
    {
        if (place.IsCounted == isCounted) return;
        place.IsCounted = isCounted;
        Change(Resource.Bytes, isCounted ? place.Bytes : -place.Bytes);
    }

    private void ChangeIdle(Place connection, bool isIdle)
    {
        connection.IsIdle = isIdle;
        Change(Resource.IdleConnections, isIdle ? 1 : -1);
    }

    private ref LinkedList<Place>? Places(Resource resource) => ref resource == Resource.Listeners ? ref _listeners : ref _connections;

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
