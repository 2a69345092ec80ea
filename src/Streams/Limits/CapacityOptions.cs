using System.ComponentModel.DataAnnotations;

namespace Malten.Streams.Limits;

/// <summary>What a node may hold.</summary>
public sealed record CapacityOptions
{
    /// <summary>Streams in use at a time.</summary>
    [Range(1, 10_000_000)]
    public int MaxStreams { get; init; } = 100_000;

    /// <summary>Open listeners at a time.</summary>
    [Range(1, 10_000_000)]
    public int MaxListeners { get; init; } = 20_000;

    /// <summary>Memory for what streams hold, in MiB.</summary>
    [Range(1, 1_048_576)]
    public int MaxMemoryMegabytes { get; init; } = 256;
}
