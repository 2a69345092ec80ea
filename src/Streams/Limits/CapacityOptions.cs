using System.ComponentModel.DataAnnotations;

namespace Malten.Streams.Limits;

/// <summary>The limits of what a node holds.</summary>
public sealed record CapacityOptions
{
    /// <summary>The most streams in use at a time.</summary>
    [Range(1, 10_000_000)]
    public int MaxStreams { get; set; } = 100_000;

    /// <summary>The most listeners open at a time.</summary>
    [Range(1, 10_000_000)]
    public int MaxListeners { get; set; } = 20_000;

    /// <summary>
    /// The most connections open at a time, those of listeners too, but not those of trusted proxies; fewer where the process
    /// may not open so many files, or where those on which nobody listens would take more than half of the memory.
    /// </summary>
    [Range(1, 10_000_000)]
    public int MaxConnections { get; set; } = 25_000;

    /// <summary>The most memory that what clients make a node hold may take, in MiB; listeners may take an eighth more.</summary>
    [Range(1, 1_048_576)]
    public int MaxMemoryMegabytes { get; set; } = 256;
}
