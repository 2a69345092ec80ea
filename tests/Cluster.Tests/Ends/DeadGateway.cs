using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.Ends;

/// <summary>A gateway of its own that subscribes once and is never heard of again.</summary>
internal sealed class DeadGateway : IGatewayObserver
{
    public FeedSubscription Subscription(IGrainFactory grains) => new()
    {
        Gateway = "dead", Number = 1, Observer = grains.CreateObjectReference<IGatewayObserver>(this), Begun = Timestamp.None, Last = Timestamp.None,
        CanOffer = false, Presence = new NodePresence(new Presence(1, [])),
    };

    public Task Push(FeedPush push) => Task.CompletedTask;

    public Task Renew(string stream) => Task.CompletedTask;

    public Task<bool> SetStatus(string session, PresenceStatus status) => Task.FromResult(false);

    public Task<Outcome<string>> Identify(string session, StreamAddress address) => throw new NotSupportedException();

    public Task<Refusal?> Deliver(string stream, string listener, Frame signal) => throw new NotSupportedException();

    public Task DeliverToAll(string stream, Frame signal) => throw new NotSupportedException();
}
