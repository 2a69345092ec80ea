using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>A gateway as an activation on another silo reaches it: by one-way calls that may be lost.</summary>
internal sealed class RemoteGateway(Node from, SiloAddress to) : IGatewayObserver
{
    public Task Push(FeedPush push) => SendAsync(gateway => gateway.Push(push));

    public Task Renew(string stream) => SendAsync(gateway => gateway.Renew(stream));

    public Task<bool> SetStatus(string session, PresenceStatus status) => throw new NotSupportedException();

    public Task<Outcome<string>> Identify(string session, StreamAddress address) => throw new NotSupportedException();

    public Task<Refusal?> Deliver(string stream, string listener, Frame signal) => throw new NotSupportedException();

    public Task DeliverToAll(string stream, Frame signal) => throw new NotSupportedException();

    private Task SendAsync(Action<IGatewayObserver> deliver)
    {
        from.Network.Carry(from, to, target => deliver(target.Replicas.Observer));
        return Task.CompletedTask;
    }
}
