using Malten.Streams.Listeners;

namespace Malten.Grains.Interfaces;

/// <summary>
/// Lets any node reach any gateway, and so any session: the key is the gateway's id, with which the ids of its sessions
/// begin.
/// </summary>
[Alias("malten.gateway")]
public interface IGatewayGrain : IGrainWithStringKey
{
    /// <summary>Registers the gateway; repeated every few seconds.</summary>
    Task Register(IGatewayObserver gateway);

    /// <summary>Changes the status of a connection's user; false when no such connection is open.</summary>
    [ResponseTimeout("00:00:05")]
    Task<bool> SetStatus(string session, PresenceStatus status);
}
