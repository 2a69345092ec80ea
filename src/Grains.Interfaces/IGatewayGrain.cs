using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces;

/// <summary>
/// Lets any node reach any gateway, and so any session: the key is the gateway's id, with which the ids of its sessions
/// begin.
/// </summary>
[Alias("malten.gateway")]
public interface IGatewayGrain : IGrainWithStringKey
{
    /// <summary>Registers the gateway; repeated every few seconds.</summary>
    [ResponseTimeout("00:00:03")]
    Task Register(IGatewayObserver gateway);

    /// <summary>Changes the status of a connection's user; false when no such connection is open.</summary>
    [ResponseTimeout("00:00:05")]
    Task<bool> SetStatus(string session, PresenceStatus status);

    /// <inheritdoc cref="IGatewayObserver.Identify"/>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<string>> Identify(string session, [Immutable] StreamAddress address);
}
