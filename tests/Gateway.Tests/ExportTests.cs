using System.Diagnostics.Metrics;
using Malten.Testing.Telemetry;

namespace Malten.Gateway.Tests;

/// <summary>Which meters a node exports.</summary>
public sealed class ExportTests : GatewayTests
{
    [Fact]
    public async Task The_meter_of_Orleans_is_exported_and_unknown_meters_are_not()
    {
        await using var collector = await Collector.StartAsync();
        using var orleans = new Meter("Microsoft.Orleans");
        using var other = new Meter("Something.Else");
        await StartAsync($"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Address}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "--OTEL_METRIC_EXPORT_INTERVAL=100");
        other.CreateCounter<long>("other-of-a-test").Add(1);
        orleans.CreateCounter<long>("orleans-of-a-test").Add(1);
        await EventuallyAsync(() => Task.FromResult(collector.Received.Contains("orleans-of-a-test", StringComparison.Ordinal)));
        Assert.DoesNotContain("other-of-a-test", collector.Received, StringComparison.Ordinal);
    }
}
