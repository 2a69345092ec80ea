using Malten.Grains.Interfaces;
using Malten.Streams.Listeners;

namespace Malten.Grains.Gateways;

/// <summary>What grains call at this gateway.</summary>
internal sealed class GatewayObserver(FeedReplicas replicas, ClusterBroker broker) : IGatewayObserver
{
    public Task Push(FeedPush push)
    {
        // Not awaited: a replica that must ask for what it lacks would keep the others waiting.
        _ = replicas.TakeAsync(push);
        return Task.CompletedTask;
    }

    public Task<bool> SetStatus(string session, PresenceStatus status) => broker.SetStatusHereAsync(session, status);
}
