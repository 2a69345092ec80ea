using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams.Listeners;

namespace Malten.Grains.Broker;

/// <summary>Receives the calls that grains make to this gateway.</summary>
internal sealed class GatewayObserver(FeedReplicas replicas, ClusterBroker broker) : IGatewayObserver
{
    public Task Push(FeedPush push)
    {
        // Not awaited: a replica that has to catch up would hold up the pushes to all others.
        _ = replicas.TakeAsync(push);
        return Task.CompletedTask;
    }

    public Task Renew(string stream)
    {
        _ = replicas.RenewAsync(stream);
        return Task.CompletedTask;
    }

    public Task<bool> SetStatus(string session, PresenceStatus status) => broker.SetStatusHereAsync(session, status);
}
