using Malten.Grains.Gateways;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams;

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

    public int Count => _subscribers.Count;

    /// <summary>The timestamp up to which everything has been pushed.</summary>
    public long Position => _follower?.Position ?? 0;

    public bool Contains(string gateway) => _subscribers.ContainsKey(gateway);

    /// <summary>Adds a subscription or renews it.</summary>
    public void Add(FeedSubscription subscription, MessageStream stream)
    {
        _subscribers[subscription.Gateway] = (subscription, time.GetTimestamp());
        if (_follower is not null) return;
        _follower = new FeedFollower(stream.Feed);
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

    /// <summary>The gateway of this process is called as it stands, without two queues between.</summary>
    private Task PushAsync(FeedPush push, FeedSubscription subscription) =>
        subscription.Gateway == here?.Gateway ? here.TakeAsync(push) : subscription.Observer.Push(push);

    /// <summary>Runs in the grain's own scheduler, turn by turn, until the last subscriber has gone.</summary>
    private async Task PushAsync(MessageStream stream, FeedFollower follower)
    {
        var begun = stream.Begun;
        while (true)
        {
            await follower.WaitAsync();
            if (_follower != follower) return;
            var previous = follower.Position;
            var frames = follower.Take();
            if (frames.Count == 0 && !stream.IsClosed) continue;
            var push = new FeedPush
            {
                Stream = stream.Name.Value, Begun = stream.Begun, Began = stream.Begun == begun ? null : stream.Describe(), Previous = previous, Frames = [.. frames],
                TimeLeft = stream.TimeLeft, IsClosed = stream.IsClosed,
            };
            begun = push.Begun;
            foreach (var (subscription, _) in _subscribers.Values) _ = PushAsync(push, subscription);
            if (!stream.IsClosed || frames.Count > 0) continue;
            End();
            return;
        }
    }
}
