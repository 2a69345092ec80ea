using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Hosting;

/// <summary>
/// The orderly end: when the host is asked to stop, the node says that it is not ready, tells its listeners to come back
/// (to another node, if there is one), and still serves for a moment before the server closes.
/// </summary>
public sealed class Drain(IOptions<GatewayOptions> options, TimeProvider time) : IHostedLifecycleService, IHealthCheck, IDisposable
{
    private readonly CancellationTokenSource _begun = new();

    /// <summary>Cancelled when the drain begins.</summary>
    public CancellationToken Begun => _begun.Token;

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _begun.CancelAsync();
        await Task.Delay(TimeSpan.FromSeconds(options.Value.DrainSeconds), time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_begun.IsCancellationRequested ? HealthCheckResult.Unhealthy("stopping") : HealthCheckResult.Healthy());

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _begun.Dispose();
}
