using System.Net;

namespace Malten.Membership;

/// <summary>A node's part in the register.</summary>
public sealed record RegisterNodeOptions
{
    /// <summary>The seeds, the same on every node; null for a cluster of one, whose register stays in this process.</summary>
    public SeedList? Seeds { get; init; }

    /// <summary>
    /// Which of them this node is; null if it only uses the register. <see cref="SeedList.FindSelfAsync"/> finds out.
    /// </summary>
    public SeedAddress? Self { get; init; }

    /// <summary>Where a seed listens; all addresses, at the port it is listed with, unless set.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>Times and sizes.</summary>
    public RegisterOptions Register { get; init; } = new();

    /// <summary>The port's bounds, and the secret.</summary>
    public WireOptions Wire { get; init; } = new();
}
