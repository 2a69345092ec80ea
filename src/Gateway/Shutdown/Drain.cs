using Malten.Gateway.Settings;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Shutdown;

/// <summary>
/// The first part of an orderly stop: the node reports that it is not ready, tells its listeners to reconnect (to another
/// node, if there is one), and still serves requests for a moment before the server closes.
/// </summary>
internal sealed class Drain(IOptions<GatewayOptions> options, IHostApplicationLifetime host, TimeProvider time)
    : StoppingService, IHealthCheck, IDisposable
{
    /// <summary>How long the drain and the server's stop may take together; a collector's last export follows, within five seconds in all.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(3.5);

    private readonly CancellationTokenSource _begun = new();

    /// <summary>Cancelled when the drain begins.</summary>
    public CancellationToken Begun => _begun.Token;

    public override async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _begun.CancelAsync();
        await Task.Delay(TimeSpan.FromSeconds(options.Value.DrainSeconds), time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(host.ApplicationStopping.IsCancellationRequested || _begun.IsCancellationRequested
            ? HealthCheckResult.Unhealthy("stopping")
            : HealthCheckResult.Healthy());

    public void Dispose() => _begun.Dispose();
}
