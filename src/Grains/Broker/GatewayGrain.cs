using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Streams;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Orleans.Concurrency;

namespace Malten.Grains.Broker;

/// <summary>Passes calls to one gateway, which registers here and need not be a silo.</summary>
[Reentrant] // a call that hangs must not hold up the others
internal sealed class GatewayGrain : Grain, IGatewayGrain
{
    private IGatewayObserver? _gateway;

    public Task Register(IGatewayObserver gateway)
    {
        _gateway = gateway;
        return Task.CompletedTask;
    }

    public Task<bool> SetStatus(string session, PresenceStatus status) =>
        AskAsync(gateway => gateway.SetStatus(session, status), false);

    public Task<Outcome<string>> Identify(string session, StreamAddress address) =>
        AskAsync(gateway => gateway.Identify(session, address), Outcome.Refused<string>(SignalRefusals.NotYours()));

    private async Task<T> AskAsync<T>(Func<IGatewayObserver, Task<T>> ask, T otherwise)
    {
        try
        {
            if (_gateway is not null) return await ask(_gateway);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // the gateway is gone, and all its sessions with it
        }

        DeactivateOnIdle(); // whoever makes up a session must not leave an activation
        return otherwise;
    }
}
