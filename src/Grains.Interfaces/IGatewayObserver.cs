using Malten.Streams.Listeners;
using Orleans.Concurrency;

namespace Malten.Grains.Interfaces;

/// <summary>A gateway, as grains see it: the process to which browsers are connected.</summary>
[Alias("malten.gateway-observer")]
public interface IGatewayObserver : IGrainObserver
{
    /// <summary>Something has come in a stream that the gateway hears.</summary>
    [OneWay]
    Task Push([Immutable] FeedPush push);

    /// <summary>Changes the status of a connection's user; false when the connection is not open.</summary>
    Task<bool> SetStatus(string session, PresenceStatus status);
}
