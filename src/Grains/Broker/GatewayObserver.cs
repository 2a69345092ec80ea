using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams.Events;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Grains.Broker;

/// <summary>Receives the calls that grains make to this gateway.</summary>
internal sealed class GatewayObserver(FeedReplicas replicas, ClusterBroker broker, SignalRouter signals) : IGatewayObserver
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

    public Task<Outcome<string>> Identify(string session, StreamAddress address) =>
        Task.FromResult(Outcome.Of(() => signals.Identify(session, address)));

    public Task<Refusal?> Deliver(string stream, string listener, Frame signal) =>
        Task.FromResult(signals.Deliver(StreamName.Parse(stream), listener, signal));

    public Task DeliverToAll(string stream, Frame signal)
    {
        signals.DeliverToAll(StreamName.Parse(stream), signal);
        return Task.CompletedTask;
    }

    public Task<bool> SetStatus(string session, PresenceStatus status) => broker.SetStatusHereAsync(session, status);
}
