using System.Collections.Concurrent;
using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Grains.Broker;

/// <summary>
/// Carries signals from the connection that says them to the gateways of those they are for, past the stream. A handle begins
/// with the id of its gateway, and the stream tells how that is reached. No call is made twice: a signal that is lost on its
/// way is not said again. Two signals from one listener to another keep their order, because the second is sent when the
/// first has been answered.
/// </summary>
/// <param name="grains">Where the gateway is found at which a session is open.</param>
/// <param name="streams">Where the gateways of a stream are known.</param>
/// <param name="retry">Makes the calls, while this node may.</param>
/// <param name="replicas">The streams that are heard here.</param>
/// <param name="connections">The open connections here.</param>
/// <param name="capacity">The limits of this node.</param>
/// <param name="time">The clock of streams.</param>
internal sealed class SignalRouter(
    IGrainFactory grains, IStreamGrains streams, Retry retry, FeedReplicas replicas, Connections connections, Capacity capacity,
    [FromKeyedServices(StreamClock.Key)] TimeProvider time)
{
    private readonly ConcurrentDictionary<string, IGatewayObserver> _routes = new();

    /// <summary>Sends a signal of a connection to any gateway.</summary>
    /// <exception cref="StreamRefusedException">See <see cref="IStreamBroker.SignalAsync"/>; or a node can't be reached.</exception>
    public async Task SendAsync(Signal signal, CancellationToken cancellationToken)
    {
        var name = signal.Address.Name;
        var from = await IdentifyAsync(signal, cancellationToken);
        var frame = FrameEncoder.Encode(signal, from, Timestamp.Now(time)).Keep(); // for good: a call may be sent again
        if (signal.To is null) await DeliverToAllAsync(name, frame, cancellationToken);
        else if (await DeliverAsync(name, signal.To, frame, cancellationToken) is { } refusal) throw SignalRefusals.Of(refusal);
    }

    /// <summary>The public handle of a connection to this gateway that hears the stream.</summary>
    /// <exception cref="StreamRefusedException">It is not open, does not hear the stream, or the seat is wrong.</exception>
    public string Identify(string session, StreamAddress address)
    {
        if (connections.Find(session) is not { } reader || !reader.Streams.Contains(address.Name)) throw SignalRefusals.NotYours();
        replicas.Check(address);
        return reader.Listener;
    }

    /// <summary>Has a signal wait for a listener here; otherwise says why it can't.</summary>
    public Refusal? Deliver(StreamName stream, string listener, Frame signal)
    {
        if (connections.FindListener(listener) is not { } reader || !reader.Streams.Contains(stream)) return Refusal.NotListening;
        capacity.MakeRoom(signal.Client, begins: false);
        return reader.Signals!.Put(signal);
    }

    /// <summary>Has a signal wait for all listeners here.</summary>
    public void DeliverToAll(StreamName stream, Frame signal)
    {
        signal.Keep();
        capacity.MakeRoom(signal.Client, begins: false);
        foreach (var session in replicas.SessionsOf(stream))
            connections.Find(session)?.Signals!.Put(signal); // one that takes too little misses it, and holds up nobody
        signal.LetGo();
    }

    private async Task<string> IdentifyAsync(Signal signal, CancellationToken cancellationToken)
    {
        if (FeedReplicas.GatewayOf(signal.Session) is not { } gateway) throw SignalRefusals.NotYours();
        if (gateway == replicas.Gateway) return Identify(signal.Session, signal.Address);
        var asked = await retry.CallAsync(
            () => grains.GetGrain<IGatewayGrain>(gateway).Identify(signal.Session, signal.Address), cancellationToken);
        // After a silo has gone, gateways register anew every few seconds: until then, the stream knows more.
        if (asked.Refusal is not null && await FindAsync(signal.Address.Name, gateway, cancellationToken) is { } route)
            asked = await retry.CallAsync(() => route.Identify(signal.Session, signal.Address), cancellationToken);
        return asked.Unwrap();
    }

    private async Task<Refusal?> DeliverAsync(StreamName stream, string listener, Frame signal, CancellationToken cancellationToken)
    {
        if (FeedReplicas.GatewayOf(listener) is not { } gateway) return Refusal.NotListening;
        if (gateway == replicas.Gateway) return Deliver(stream, listener, signal);
        if ((_routes.GetValueOrDefault(gateway) ?? await FindAsync(stream, gateway, cancellationToken)) is not { } route) return Refusal.NotListening;
        try
        {
            return await retry.OnceAsync(() => route.Deliver(stream.Value, listener, signal), cancellationToken);
        }
        catch (StreamRefusedException)
        {
            // Where its node has died, and the stream knows, nobody listens there any more.
            _routes.TryRemove(gateway, out _);
            if (await FindAsync(stream, gateway, cancellationToken) is null) return Refusal.NotListening;
            throw;
        }
    }

    private async Task DeliverToAllAsync(StreamName stream, Frame signal, CancellationToken cancellationToken)
    {
        var gateways = await FindAsync(stream, cancellationToken); // before anybody hears it
        DeliverToAll(stream, signal);
        // Waited for: the next signal may be sent by another node, and must not overtake this one.
        await Task.WhenAll(gateways.Where(route => route.Gateway != replicas.Gateway).Select(async route =>
        {
            try
            {
                await route.Observer.DeliverToAll(stream.Value, signal);
            }
            catch (Exception failure) when (Transient.Is(failure))
            {
                // the gateway is gone, or its listeners miss it
            }
        }));
    }

    private async Task<IGatewayObserver?> FindAsync(StreamName stream, string gateway, CancellationToken cancellationToken) =>
        (await FindAsync(stream, cancellationToken, gateway)).FirstOrDefault(route => route.Gateway == gateway)?.Observer;

    private async Task<GatewayRoute[]> FindAsync(StreamName stream, CancellationToken cancellationToken, string? wanted = null)
    {
        var found = await retry.CallAsync(() => streams.Of(stream).GetGateways(wanted), cancellationToken);
        foreach (var (gateway, observer) in found) _routes[gateway] = observer;
        return found;
    }
}
