using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces;

/// <summary>A gateway's subscription to a stream: one, however many listeners the stream has at that gateway.</summary>
[GenerateSerializer, Immutable, Alias("malten.subscription")]
public sealed record FeedSubscription
{
    /// <summary>The gateway's id.</summary>
    [Id(0)]
    public required string Gateway { get; init; }

    /// <summary>The silo in whose process the gateway runs, and with which it dies; null for a node in the role gateway.</summary>
    [Id(7)]
    public SiloAddress? Silo { get; init; }

    /// <summary>Distinguishes this subscription from earlier ones of the same gateway.</summary>
    [Id(1)]
    public required long Number { get; init; }

    /// <summary>What events are pushed to.</summary>
    [Id(2)]
    public required IGatewayObserver Observer { get; init; }

    /// <summary>When the stream that the gateway knows began; none when it knows no stream.</summary>
    [Id(3)]
    public required Timestamp Begun { get; init; }

    /// <summary>The timestamp of the last message that the gateway has.</summary>
    [Id(4)]
    public required Timestamp Last { get; init; }

    /// <summary>Whether the gateway has a stream whose time has not passed, and could give it back if the cluster lost it.</summary>
    [Id(5)]
    public required bool CanOffer { get; init; }

    /// <summary>The listeners at the gateway.</summary>
    [Id(6)]
    public required NodePresence Presence { get; init; }

    /// <summary>What the gateway knows of the listeners at others.</summary>
    [Id(8)]
    public GatewayListeners[] Elsewhere { get; init; } = [];
}

/// <summary>The answer to a subscription: what the gateway lacks.</summary>
[GenerateSerializer, Immutable, Alias("malten.update")]
public sealed record FeedUpdate
{
    /// <summary>The activation of the stream that answers, whose pushes continue from here.</summary>
    [Id(3)]
    public required Guid Activation { get; init; }

    /// <summary>
    /// The stream in use, or null. It carries the messages that the gateway lacks; all of them if the gateway knew another
    /// stream.
    /// </summary>
    [Id(0)]
    public StreamSnapshot? Stream { get; init; }

    /// <summary>The timestamp after which pushes continue.</summary>
    [Id(1)]
    public required Timestamp Position { get; init; }

    /// <summary>The number of the last push before the answer.</summary>
    [Id(5)]
    public long Pushed { get; init; }

    /// <summary>Whether the cluster has lost the stream that the gateway has, and asks for it.</summary>
    [Id(2)]
    public bool Wanted { get; init; }

    /// <summary>The listeners at each gateway, where the stream names them.</summary>
    [Id(4)]
    public GatewayListeners[] Elsewhere { get; init; } = [];
}
