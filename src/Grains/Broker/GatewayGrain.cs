using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Streams.Listeners;

namespace Malten.Grains.Broker;

/// <summary>Passes calls to one gateway, which registers here and need not be a silo.</summary>
internal sealed class GatewayGrain : Grain, IGatewayGrain
{
    private IGatewayObserver? _gateway;

    public Task Register(IGatewayObserver gateway)
    {
        _gateway = gateway;
        return Task.CompletedTask;
    }

    public async Task<bool> SetStatus(string session, PresenceStatus status)
    {
        try
        {
            if (_gateway is not null) return await _gateway.SetStatus(session, status);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // the gateway is gone, and all its sessions with it
        }

        DeactivateOnIdle(); // whoever makes up a session must not leave an activation
        return false;
    }
}
