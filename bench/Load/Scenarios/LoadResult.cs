using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Scenarios;

/// <summary>What one measurement found. Rates, latencies and processor time are of the measuring window; what was lost,
/// repeated or out of order is of the whole run, warm-up and drain included.</summary>
internal sealed record LoadResult
{
    public required string Server { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required long Deliveries { get; init; }

    public required long Posts { get; init; }

    public required long Bytes { get; init; }

    public required long Reads { get; init; }

    /// <summary>From the intended send time to a listener.</summary>
    public required LatencyHistogram DeliveryLatency { get; init; }

    /// <summary>From sending a post to its answer.</summary>
    public required LatencyHistogram PostLatency { get; init; }

    public required double ServerCpuSeconds { get; init; }

    public required double GeneratorCpuSeconds { get; init; }

    /// <summary>What the server had resident when measuring began.</summary>
    public required long ServerResidentBytesBefore { get; init; }

    public required long ServerResidentBytes { get; init; }

    public required Faults Faults { get; init; }

    public double DeliveriesPerSecond => Deliveries / Elapsed.TotalSeconds;

    /// <summary>Processor time of the server for each delivery: the figure that other work on the machine sways least.</summary>
    public double ServerMicrosecondsPerDelivery => ServerCpuSeconds * 1e6 / Deliveries;

    /// <summary>Processor time of the server for each post, where there is nobody to deliver to.</summary>
    public double ServerMicrosecondsPerPost => ServerCpuSeconds * 1e6 / Posts;

    public double PostsPerSecond => Posts / Elapsed.TotalSeconds;
}
