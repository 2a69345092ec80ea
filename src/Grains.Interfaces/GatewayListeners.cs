namespace Malten.Grains.Interfaces;

/// <summary>
/// The listeners at one gateway, in a stream that names them. Gateways keep what the stream tells them of each other: when its
/// silo dies, and a gateway with it, the next activation learns from the others who was there, and tells who has gone.
/// </summary>
[GenerateSerializer, Immutable, Alias("malten.gateway-listeners")]
public sealed record GatewayListeners
{
    /// <summary>The gateway's id.</summary>
    [Id(0)]
    public required string Gateway { get; init; }

    /// <summary>The silo in whose process the gateway runs; null for a node in the role gateway.</summary>
    [Id(1)]
    public SiloAddress? Silo { get; init; }

    /// <summary>The public handles of the listeners.</summary>
    [Id(2)]
    public required string[] Listeners { get; init; }
}
