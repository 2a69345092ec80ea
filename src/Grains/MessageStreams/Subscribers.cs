using Malten.Grains.Gateways;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.MessageStreams;

/// <summary>
/// The gateways that hear a stream. While there are any, what comes in its feed is pushed to them in batches; one that
/// has not renewed for a while is forgotten.
/// </summary>
internal sealed class Subscribers(TimeProvider time, Peers peers, FeedReplicas? here)
{
    // Three renewals that did not come.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);

    private readonly Dictionary<string, (FeedSubscription Subscription, long Renewed)> _subscribers = [];
    private FeedFollower? _follower;
    private Timestamp _begun; // of the stream as the subscribers know it

    public int Count => _subscribers.Count;

    /// <summary>The timestamp up to which everything has been pushed.</summary>
    public Timestamp Position => _follower?.Position ?? Timestamp.None;

    public bool Contains(string gateway) => _subscribers.ContainsKey(gateway);

    /// <summary>Adds a subscription or renews it.</summary>
    public void Add(FeedSubscription subscription, MessageStream stream)
    {
        _subscribers[subscription.Gateway] = (subscription, time.GetTimestamp());
        if (_follower is not null) return;
        (_follower, _begun) = (new FeedFollower(stream.Feed), stream.Begun);
        _ = PushAsync(stream, _follower);
    }

    /// <summary>Lets go of the gateways whose silo is gone, or that were not heard of for a while.</summary>
    public void RemoveLost(MessageStream stream)
    {
        foreach (var (gateway, (subscription, renewed)) in _subscribers)
        {
            if (subscription.Silo is { } silo ? peers.IsActive(silo) : time.GetElapsedTime(renewed) < Patience) continue;
            _subscribers.Remove(gateway);
            stream.Report(gateway, null);
        }
    }

    /// <summary>False when that is no longer the gateway's subscription.</summary>
    public bool Remove(string gateway, long number)
    {
        if (!_subscribers.TryGetValue(gateway, out var known) || known.Subscription.Number != number) return false;
        _subscribers.Remove(gateway);
        if (_subscribers.Count == 0) End();
        return true;
    }

    /// <summary>Stops pushing.</summary>
    public void End()
    {
        var follower = _follower;
        _follower = null;
        follower?.Wake();
        follower?.Dispose();
    }

    /// <summary>The gateway of this process is called directly, without two queues between.</summary>
    private async Task SendAsync(FeedPush push, FeedSubscription subscription)
    {
        if (subscription.Gateway == here?.Gateway) await here.TakeAsync(push);
        else await subscription.Observer.Push(push);
    }

    /// <summary>Pushes what has come now, before the feed has woken the loop that would: for the grain's own turns.</summary>
    public void Push(MessageStream stream)
    {
        if (_follower is { } follower) TryPush(stream, follower);
    }

    /// <summary>Runs in the grain's own scheduler, turn by turn, until the last subscriber has gone.</summary>
    private async Task PushAsync(MessageStream stream, FeedFollower follower)
    {
        do await follower.WaitAsync();
        while (_follower == follower && TryPush(stream, follower));
    }

    /// <summary>False when the end of a pipe was pushed, after which nothing comes.</summary>
    private bool TryPush(MessageStream stream, FeedFollower follower)
    {
        var previous = follower.Position;
        var frames = follower.Take();
        if (frames.Length == 0 && !stream.IsClosed) return true;
        var push = new FeedPush
        {
            Stream = stream.Name.Value, Begun = stream.Begun, Began = stream.Begun == _begun ? null : stream.Describe(),
            Previous = previous, Frames = frames, TimeLeft = stream.TimeLeft, IsClosed = stream.IsClosed,
        };
        _begun = push.Begun;
        foreach (var (subscription, _) in _subscribers.Values) _ = SendAsync(push, subscription);
        if (!stream.IsClosed || frames.Length > 0) return true;
        End();
        return false;
    }
}
