using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Malten.Gateway.Telemetry;

/// <summary>
/// Exports the metrics of Malten, of the server and of the runtime by OTLP while the process runs. Endpoint, protocol and
/// headers come from the standard variables <c>OTEL_EXPORTER_OTLP_…</c>.
/// </summary>
internal sealed class OtlpExport : IHostedService, IDisposable
{
    private MeterProvider? _provider;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("malten"))
            .AddMeter(GatewayMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddOtlpExporter()
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        // Sends the last measurements. Whoever does not take them in time must not hold up the end.
        _provider?.Shutdown((int)GatewayLimits.LastExport.TotalMilliseconds);
        return Task.CompletedTask;
    }

    public void Dispose() => _provider?.Dispose();
}
