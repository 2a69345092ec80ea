using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Malten.Gateway.Telemetry;

/// <summary>
/// Exports the metrics of Malten, Orleans, the server and the runtime by OTLP while the process runs. Endpoint, protocol and
/// headers come from the standard settings <c>OTEL_EXPORTER_OTLP_…</c>.
/// </summary>
internal sealed class OtlpExport(IConfiguration configuration) : IHostedService, IDisposable
{
    /// <summary>How long a collector may take to accept the last measurements.</summary>
    private static readonly TimeSpan LastExportLimit = TimeSpan.FromSeconds(0.5);

    // A meter that does not exist, as Orleans' in a single node, exports nothing.
    private static readonly string[] Meters =
        [GatewayMetrics.MeterName, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private MeterProvider? _provider;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(configuration))
            .ConfigureResource(resource => resource.AddService("malten"))
            .AddMeter(Meters)
            .AddOtlpExporter()
            .Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        // Sends the last measurements; a collector that does not respond must not delay the stop.
        _provider?.Shutdown((int)LastExportLimit.TotalMilliseconds);
        return Task.CompletedTask;
    }

    public void Dispose() => _provider?.Dispose();
}
