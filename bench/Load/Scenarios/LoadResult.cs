using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Scenarios;

/// <summary>The result of one measurement. Rates, latencies and processor time cover the measuring window; faults cover
/// the whole run, warm-up and drain included.</summary>
internal sealed record LoadResult
{
    public required string Server { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required long Deliveries { get; init; }

    public required long Posts { get; init; }

    public required long Bytes { get; init; }

    public required long Reads { get; init; }

    /// <summary>Latency from the intended send time to a listener.</summary>
    public required LatencyHistogram DeliveryLatency { get; init; }

    /// <summary>Latency from sending a post to its answer.</summary>
    public required LatencyHistogram PostLatency { get; init; }

    public required double ServerCpuSeconds { get; init; }

    public required double GeneratorCpuSeconds { get; init; }

    /// <summary>The server's resident memory when measuring began, in bytes.</summary>
    public required long ServerResidentBytesBefore { get; init; }

    public required long ServerResidentBytes { get; init; }

    public required Faults Faults { get; init; }

    public double DeliveriesPerSecond => Deliveries / Elapsed.TotalSeconds;

    /// <summary>Server processor time for each delivery: the figure that other work on the machine affects least.</summary>
    public double ServerMicrosecondsPerDelivery => ServerCpuSeconds * 1e6 / Deliveries;

    /// <summary>Server processor time for each post, when there are no listeners.</summary>
    public double ServerMicrosecondsPerPost => ServerCpuSeconds * 1e6 / Posts;

    public double PostsPerSecond => Posts / Elapsed.TotalSeconds;
}
