using System.Net;
using Malten.Membership.Registers;
using Malten.Membership.Seeds;
using Malten.Membership.Wire;

namespace Malten.Membership;

/// <summary>A node's part in the register.</summary>
public sealed record RegisterNodeOptions
{
    /// <summary>
    /// The seeds, the same on every node. Null for a cluster of one, whose register stays in this process.
    /// </summary>
    public SeedList? Seeds { get; init; }

    /// <summary>
    /// The seed that this node is; null if it only uses the register. <see cref="SeedList.FindSelfAsync"/> finds it.
    /// </summary>
    public SeedAddress? Self { get; init; }

    /// <summary>Where a seed listens. Default: the port it is listed with, on all addresses.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>The timeouts of calls, and the size limit of the value.</summary>
    public RegisterOptions Register { get; init; } = new();

    /// <summary>How often a seed looks after its memory.</summary>
    public SeedOptions Seed { get; init; } = new();

    /// <summary>The limits of the port, and the secret.</summary>
    public WireOptions Wire { get; init; } = new();
}
