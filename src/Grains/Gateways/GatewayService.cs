using Malten.Grains.Hosting;
using Malten.Grains.Interfaces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Malten.Grains.Gateways;

/// <summary>
/// Keeps this gateway's subscriptions: renews them every few seconds, and at once when silos come or go (where that can be
/// seen: a client of the cluster is not told).
/// </summary>
internal sealed class GatewayService(
    IGrainFactory grains, FeedReplicas replicas, ClusterBroker broker, IServiceProvider services) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);

    private GatewayObserver? _observer; // held here: Orleans keeps only a weak reference

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _observer = new GatewayObserver(replicas, broker);
        replicas.Observer = grains.CreateObjectReference<IGatewayObserver>(_observer);
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(RenewRegularlyAsync(stoppingToken), RenewOnChangeAsync(stoppingToken));

    private async Task RenewRegularlyAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval);
        do
        {
            try
            {
                await grains.GetGrain<IGatewayGrain>(replicas.Gateway).Register(replicas.Observer);
            }
            catch (Exception failure) when (Transient.Is(failure))
            {
                // the next round
            }

            await replicas.RenewAllAsync();
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    private async Task RenewOnChangeAsync(CancellationToken stopping)
    {
        if (services.GetService<IClusterMembershipService>() is not { } membership) return;
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(stopping)) await replicas.RenewAllAsync();
    }
}
