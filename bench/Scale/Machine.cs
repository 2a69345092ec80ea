namespace Malten.Bench.Scale;

/// <summary>A host with one silo, and the settings that bound what it takes. These are chosen, not measured.</summary>
internal sealed record Machine
{
    /// <summary>Processor time that requests may take, in µs a second: half of two cores like those of the benchmarks.</summary>
    public double Processor { get; init; } = 0.5 * 2 * 1e6;

    /// <summary>What its cable may carry each way, in bytes a second: half a gigabit.</summary>
    public double Cable { get; init; } = 0.5e9 / 8;

    /// <summary>Memory for what clients make it hold, in KiB: the default of <c>MaxMemoryMegabytes</c>.</summary>
    public double Memory { get; init; } = 256 * 1024;

    /// <summary>What a listener counts as in that memory, in KiB.</summary>
    public double Listener { get; init; } = 20;

    /// <summary>Copies of each stream, itself included.</summary>
    public int Copies { get; init; } = 2;

    /// <summary>Looks of each silo at the table of members, a second (<c>Lease</c>).</summary>
    public double Looks { get; init; } = 1 / 0.3;

    /// <summary>
    /// A silo's row in a seed's answer, in bytes: about 430 of JSON, in base64. Each seed answers each look with all rows.
    /// </summary>
    public double Row { get; init; } = 430 * 4 / 3.0;

    /// <summary>How often a gateway renews each stream that it hears, a second.</summary>
    public double Renewals { get; init; } = 1 / 4.0;

    /// <summary>A public stream in the answer of one silo to another, in bytes; each answers with up to 1,024, once a second.</summary>
    public double Listing { get; init; } = 100;

    /// <summary>How many of them at most.</summary>
    public int Listings { get; init; } = 1024;

    /// <summary>Posts a second that one client may make to one stream, by default.</summary>
    public double Pace { get; init; } = 20;
}
