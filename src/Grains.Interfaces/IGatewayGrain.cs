using Malten.Streams.Listeners;

namespace Malten.Grains.Interfaces;

/// <summary>Finds a gateway by its id, which every session begins with: so that any node can reach any session.</summary>
[Alias("malten.gateway")]
public interface IGatewayGrain : IGrainWithStringKey
{
    /// <summary>The gateway is there; repeated every few seconds.</summary>
    Task Register(IGatewayObserver gateway);

    /// <summary>Changes the status of a connection's user; false when no such connection is open.</summary>
    [ResponseTimeout("00:00:05")]
    Task<bool> SetStatus(string session, PresenceStatus status);
}
