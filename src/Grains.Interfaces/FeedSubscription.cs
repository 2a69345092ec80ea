using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces;

/// <summary>A gateway's one subscription to a stream, for all its listeners.</summary>
[GenerateSerializer, Immutable, Alias("malten.subscription")]
public sealed record FeedSubscription
{
    /// <summary>The gateway's id.</summary>
    [Id(0)]
    public required string Gateway { get; init; }

    /// <summary>The silo that the gateway is part of, with which it dies; null for a gateway of its own.</summary>
    [Id(7)]
    public SiloAddress? Silo { get; init; }

    /// <summary>Tells this subscription from an earlier one of the same gateway.</summary>
    [Id(1)]
    public required long Number { get; init; }

    /// <summary>Where to push what comes.</summary>
    [Id(2)]
    public required IGatewayObserver Observer { get; init; }

    /// <summary>When the stream that the gateway knows began; none when it knows no stream.</summary>
    [Id(3)]
    public required Timestamp Begun { get; init; }

    /// <summary>The timestamp of the last message that the gateway has.</summary>
    [Id(4)]
    public required Timestamp Last { get; init; }

    /// <summary>Whether the gateway holds a stream that could be alive, and could give it back.</summary>
    [Id(5)]
    public required bool CanOffer { get; init; }

    /// <summary>Who listens there.</summary>
    [Id(6)]
    public required NodePresence Presence { get; init; }
}
