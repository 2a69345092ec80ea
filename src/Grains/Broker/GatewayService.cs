using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Microsoft.Extensions.Hosting;

namespace Malten.Grains.Broker;

/// <summary>
/// Registers this gateway and renews its subscriptions every four seconds, and in a silo also whenever silos join or leave. A client of
/// the cluster is not told of that.
/// </summary>
/// <param name="grains">Where the gateway registers itself.</param>
/// <param name="replicas">The subscriptions.</param>
/// <param name="broker">Receives, with the replicas, the calls that grains make to this gateway.</param>
/// <param name="signals">Receives what is said to listeners here past the streams.</param>
/// <param name="time">The clock of the host.</param>
/// <param name="membership">The members of the cluster; null in a client.</param>
internal sealed class GatewayService(
    IGrainFactory grains, FeedReplicas replicas, ClusterBroker broker, SignalRouter signals, TimeProvider time,
    IClusterMembershipService? membership = null)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);

    private GatewayObserver? _observer; // Orleans holds only a weak reference to it

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _observer = new GatewayObserver(replicas, broker, signals);
        replicas.Observer = grains.CreateObjectReference<IGatewayObserver>(_observer);
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(RenewRegularlyAsync(stoppingToken), RenewOnChangeAsync(stoppingToken));

    private async Task RenewRegularlyAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            await Task.WhenAll(RegisterAsync(), replicas.RenewAllAsync()); // one that hangs must not let subscriptions lapse
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    private async Task RegisterAsync()
    {
        try
        {
            await grains.GetGrain<IGatewayGrain>(replicas.Gateway).Register(replicas.Observer);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // the next round registers it
        }
    }

    private async Task RenewOnChangeAsync(CancellationToken stopping)
    {
        if (membership is null) return;
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(stopping))
            await Task.WhenAll(RegisterAsync(), replicas.RenewAllAsync());
    }
}
