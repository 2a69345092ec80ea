using Malten.Grains.Interfaces;
using Malten.Streams;

namespace Malten.Grains.MessageStreams;

/// <summary>
/// The gateways that hear a stream. While there are any, what comes in its feed is pushed to them in batches; one that
/// has not renewed for a while is forgotten.
/// </summary>
internal sealed class Subscribers(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, (FeedSubscription Subscription, long Renewed)> _subscribers = [];
    private FeedFollower? _follower;

    public int Count => _subscribers.Count;

    /// <summary>The timestamp up to which everything has been pushed.</summary>
    public long Position => _follower?.Position ?? 0;

    public bool Contains(string gateway) => _subscribers.ContainsKey(gateway);

    /// <summary>Adds a subscription or renews it, and lets go of those that were not renewed.</summary>
    public void Add(FeedSubscription subscription, MessageStream stream, Action<string> dropped)
    {
        _subscribers[subscription.Gateway] = (subscription, time.GetTimestamp());
        foreach (var (gateway, (_, renewed)) in _subscribers)
        {
            if (time.GetElapsedTime(renewed) < Patience) continue;
            _subscribers.Remove(gateway);
            dropped(gateway);
        }

        if (_follower is not null) return;
        _follower = new FeedFollower(stream.Feed);
        _ = PushAsync(stream, _follower);
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
            foreach (var (subscription, _) in _subscribers.Values) _ = subscription.Observer.Push(push);
            if (!stream.IsClosed || frames.Count > 0) continue;
            End();
            return;
        }
    }
}
