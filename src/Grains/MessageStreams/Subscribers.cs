using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Grains.Replicas;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Grains.MessageStreams;

/// <summary>
/// The gateways that subscribe to a stream. While there are any, this pushes the events of the stream's feed to them in
/// batches. A gateway that does not renew its subscription is removed.
/// </summary>
/// <param name="hostTime">The clock of the host, by which gateways renew their subscriptions.</param>
/// <param name="view">Tells whether the silo of a gateway is alive.</param>
/// <param name="isSuperseded">Whether a later activation runs the stream, and pushes what happens there.</param>
/// <param name="here">The replicas of the gateway in this process, if there is one.</param>
internal sealed class Subscribers(TimeProvider hostTime, ClusterView view, Func<bool> isSuperseded, FeedReplicas? here)
{
    // Three missed renewals.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    // A renewal and a little more: by then, gateways that subscribed to the activation before have come.
    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, (FeedSubscription Subscription, long Renewed)> _subscribers = [];
    private readonly Dictionary<string, (SiloAddress? Silo, long Since)> _awaited = []; // that others know, and that have not come yet
    private readonly HashSet<string> _gone = []; // that others may still know
    private readonly Dictionary<string, long> _ended = []; // the last subscriptions that gateways have ended; renewals of them may come late
    private readonly long _started = hostTime.GetTimestamp();
    private FeedFollower? _follower;
    private Timestamp _begun; // of the stream that the subscribers know
    private (Timestamp Begun, long Changes) _told; // which listeners of others they know

    public int Count => _subscribers.Count;

    /// <summary>The timestamp up to which everything has been pushed.</summary>
    public Timestamp Position => _follower?.Position ?? Timestamp.None;

    /// <summary>Tells what these subscribers are pushed from what others are: a grain that runs a name anew has new subscribers.</summary>
    public Guid Activation { get; } = Guid.NewGuid();

    /// <summary>The number of the last push.</summary>
    public long Pushed { get; private set; }

    /// <summary>
    /// When the stream began that is stored: gateways must not hear of one that no other silo holds yet, since its end
    /// would be told to listeners who never saw it begin.
    /// </summary>
    public Timestamp Stored { get; set; }

    /// <summary>Whether another activation ran the stream before this one, to which gateways subscribed.</summary>
    public bool HavePredecessor { get; set; }

    /// <summary>How the gateways are reached.</summary>
    public GatewayRoute[] Routes => [.. _subscribers.Values.Select(known => new GatewayRoute(known.Subscription.Gateway, known.Subscription.Observer))];

    /// <summary>Whether a gateway has not subscribed to this activation and may be about to: it may have to the one before.</summary>
    public bool MayCome(string gateway) => !_subscribers.ContainsKey(gateway) && !_gone.Contains(gateway)
        && (_awaited.ContainsKey(gateway) || (HavePredecessor && hostTime.GetElapsedTime(_started) < Arrival));

    public bool Contains(string gateway) => _subscribers.ContainsKey(gateway);

    /// <summary>Adds a subscription or renews it; false when the gateway has a later one, or has ended it.</summary>
    public bool Add(FeedSubscription subscription, MessageStream stream)
    {
        var isKnown = _subscribers.TryGetValue(subscription.Gateway, out var known);
        if (isKnown && known.Subscription.Number > subscription.Number) return false;
        if (subscription.Number <= _ended.GetValueOrDefault(subscription.Gateway)) return false;
        _awaited.Remove(subscription.Gateway);
        if (!isKnown) Push(stream); // whoever comes now is told by themselves of what the others are told in this moment
        var left = isKnown ? [] : Await(subscription.Elsewhere, stream);
        _subscribers[subscription.Gateway] = (subscription, hostTime.GetTimestamp());
        if (left.Count > 0) _ = SendAsync(Tell(left, stream), subscription);
        if (_follower is not null) return true;
        (_follower, _begun) = (new FeedFollower(stream.Feed), ShownBegun(stream));
        _ = PushAsync(stream, _follower);
        return true;
    }

    /// <summary>Counts those of whom the subscribers know and that have not come yet, once a stream is back that names its listeners.</summary>
    public void AwaitOthers(MessageStream stream)
    {
        foreach (var (subscription, _) in _subscribers.Values)
            if (Await(subscription.Elsewhere, stream) is { Count: > 0 } left) _ = SendAsync(Tell(left, stream), subscription);
    }

    /// <summary>
    /// Removes the gateways whose silo is dead, and those that have stopped renewing: their silo may live, and the
    /// subscription have arrived after its own end.
    /// </summary>
    public void RemoveLost(MessageStream stream)
    {
        foreach (var (gateway, (subscription, renewed)) in _subscribers)
        {
            if (!IsLost(subscription.Silo, renewed)) continue;
            _subscribers.Remove(gateway);
            Miss(gateway, stream);
        }

        foreach (var (gateway, (silo, since)) in _awaited)
        {
            if (!IsLost(silo, since)) continue;
            _awaited.Remove(gateway);
            Miss(gateway, stream);
        }
    }

    /// <summary>The listeners at each gateway, where the stream names them.</summary>
    public GatewayListeners[] Listeners(MessageStream stream) => [.. stream.ListenersElsewhere.Select(node => new GatewayListeners
    {
        Gateway = node.Node, Silo = SiloOf(node.Node), Listeners = [.. node.Listeners],
    })];

    /// <summary>Removes a gateway's subscription; false when the gateway has a later one.</summary>
    public bool Remove(string gateway, long number)
    {
        _ended[gateway] = Math.Max(number, _ended.GetValueOrDefault(gateway));
        if (!_subscribers.TryGetValue(gateway, out var known) || known.Subscription.Number > number) return false;
        _subscribers.Remove(gateway);
        _gone.Add(gateway);
        if (_subscribers.Count == 0) End();
        return true;
    }

    /// <summary>Has the gateways subscribe to the stream's next activation.</summary>
    public void SendAway(StreamName stream)
    {
        foreach (var (subscription, _) in _subscribers.Values)
            if (subscription.Gateway == here?.Gateway) _ = here.RenewAsync(stream.Value);
            else _ = subscription.Observer.Renew(stream.Value);
    }

    /// <summary>Stops pushing.</summary>
    public void End()
    {
        var follower = _follower;
        _follower = null;
        follower?.Wake();
        follower?.Dispose();
    }

    /// <summary>
    /// Counts the listeners of gateways that subscribed to the activation before this one. They subscribe here too, or have gone
    /// with their silo. Returns those of whom it is known already that they have left: the others were told before this gateway
    /// came.
    /// </summary>
    private List<string> Await(GatewayListeners[] gateways, MessageStream stream)
    {
        var left = new List<string>();
        if (!stream.NamesListeners) return left;
        var isOver = hostTime.GetElapsedTime(_started) >= Patience;
        foreach (var known in gateways)
        {
            var counted = stream.ListenersAt(known.Gateway);
            if (isOver || _subscribers.ContainsKey(known.Gateway) || _gone.Contains(known.Gateway))
            {
                left.AddRange(known.Listeners.Except(counted));
                continue;
            }

            _awaited.TryAdd(known.Gateway, (known.Silo, hostTime.GetTimestamp()));
            string[] all = [.. counted.Union(known.Listeners)];
            stream.Report(known.Gateway, new NodePresence(new Presence(all.Length, []) { Listeners = all }));
        }

        return left;
    }

    private FeedPush Tell(List<string> left, MessageStream stream) => new()
    {
        Activation = Activation, Stream = stream.Name.Value, Begun = ShownBegun(stream), Previous = Timestamp.None,
        Frames = [.. left.Select(listener => FrameEncoder.Encode(
            new Notice { Name = NoticeName.Left, Stream = stream.Name.Value, Listener = listener }, Timestamp.Now(hostTime)))],
        TimeLeft = stream.TimeLeft, IsClosed = false, Elsewhere = Listeners(stream),
    };

    private void Miss(string gateway, MessageStream stream)
    {
        _gone.Add(gateway);
        stream.Report(gateway, null);
    }

    private SiloAddress? SiloOf(string gateway) => _subscribers.TryGetValue(gateway, out var known)
        ? known.Subscription.Silo
        : _awaited.GetValueOrDefault(gateway).Silo;

    private Timestamp ShownBegun(MessageStream stream) => stream.Begun == Stored ? stream.Begun : Timestamp.None;

    private bool IsLost(SiloAddress? silo, long renewed) =>
        (silo is not null && view.IsDead(silo)) || hostTime.GetElapsedTime(renewed) >= Patience;

    /// <summary>Calls the gateway in this process directly, which saves two queues.</summary>
    private async Task SendAsync(FeedPush push, FeedSubscription subscription)
    {
        if (subscription.Gateway == here?.Gateway) await here.TakeAsync(push);
        else await subscription.Observer.Push(push);
    }

    /// <summary>Pushes new events at once; the grain calls this in its own turn rather than wait for the loop to wake up.</summary>
    public void Push(MessageStream stream)
    {
        if (_follower is { } follower) TryPush(stream, follower);
    }

    /// <summary>Pushes on the grain's scheduler, turn by turn, until the last subscriber has gone.</summary>
    private async Task PushAsync(MessageStream stream, FeedFollower follower)
    {
        do await follower.WaitAsync();
        while (_follower == follower && TryPush(stream, follower));
    }

    /// <summary>Pushes new events; false once the end of a pipe was pushed, after which there are none.</summary>
    private bool TryPush(MessageStream stream, FeedFollower follower)
    {
        if (isSuperseded())
        {
            End();
            return false;
        }

        var previous = follower.Position;
        var frames = follower.Take();
        var begun = ShownBegun(stream);
        if (frames.Length == 0 && !stream.IsClosed && (begun == _begun || begun.IsNone)) return true;
        var listeners = (begun, stream.ChangesElsewhere);
        var isNews = stream.NamesListeners && listeners != _told && frames.Any(frame => !frame.IsMessage);
        if (isNews) _told = listeners;
        var push = new FeedPush
        {
            Activation = Activation, Number = ++Pushed, Stream = stream.Name.Value, Begun = begun,
            Began = begun == _begun || begun.IsNone ? null : stream.Describe(),
            Previous = previous, Frames = frames, Ended = frames.Any(frame => frame.Kind == FrameKind.End) ? stream.Ended : Timestamp.None,
            TimeLeft = stream.TimeLeft, IsClosed = stream.IsClosed,
            Elsewhere = isNews ? Listeners(stream) : null,
        };
        _begun = begun;
        foreach (var (subscription, _) in _subscribers.Values) _ = SendAsync(push, subscription);
        if (!stream.IsClosed || frames.Length > 0) return true;
        End();
        return false;
    }
}
