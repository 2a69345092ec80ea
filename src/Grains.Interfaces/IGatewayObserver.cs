using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Orleans.Concurrency;

namespace Malten.Grains.Interfaces;

/// <summary>A gateway as grains see it: the process to which clients are connected.</summary>
[Alias("malten.gateway-observer")]
public interface IGatewayObserver : IGrainObserver
{
    /// <summary>Delivers new events of a stream to which the gateway subscribes.</summary>
    [OneWay]
    Task Push([Immutable] FeedPush push);

    /// <summary>The activation that pushed a stream's events has ended, and another one is about to run the stream: subscribe to it.</summary>
    [OneWay]
    Task Renew(string stream);

    /// <summary>Changes the status of a connection's user; false when the connection is not open.</summary>
    Task<bool> SetStatus(string session, PresenceStatus status);

    /// <summary>The public handle of an open connection that hears the stream, for a signal that it is about to send.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<string>> Identify(string session, [Immutable] StreamAddress address);

    /// <summary>Has a signal wait for a listener until it is written; otherwise says why it can't.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Refusal?> Deliver(string stream, string listener, [Immutable] Frame signal);

    /// <summary>The same for all listeners to a stream; one that has too many waiting misses it.</summary>
    [ResponseTimeout("00:00:02")]
    Task DeliverToAll(string stream, [Immutable] Frame signal);
}

/// <summary>
/// New events of a stream, on their way to a gateway. One may overtake another, which Orleans does not rule out, or be lost:
/// the gateway sees by <see cref="Number"/> and <see cref="Previous"/> that one is missing. Where that one does not come soon, it
/// renews its subscription to get what it carried.
/// </summary>
[GenerateSerializer, Immutable, Alias("malten.push")]
public sealed record FeedPush
{
    /// <summary>The activation of the stream that pushes. One that was replaced may still push, which no gateway believes.</summary>
    [Id(7)]
    public required Guid Activation { get; init; }

    /// <summary>The stream's name.</summary>
    [Id(0)]
    public required string Stream { get; init; }

    /// <summary>When the stream that is in use after these frames began; none when no stream is.</summary>
    [Id(1)]
    public required Timestamp Begun { get; init; }

    /// <summary>That stream, without its messages, if it is not the stream of the previous push; otherwise null.</summary>
    [Id(6)]
    public StreamSnapshot? Began { get; init; }

    /// <summary>The timestamp of the last message before the frames.</summary>
    [Id(2)]
    public required Timestamp Previous { get; init; }

    /// <summary>Messages and other events, in order.</summary>
    [Id(3)]
    public required Frame[] Frames { get; init; }

    /// <summary>The time until the stream ends if nothing is posted.</summary>
    [Id(4)]
    public required TimeSpan TimeLeft { get; init; }

    /// <summary>When the stream began whose end is among the frames; none when no end is.</summary>
    [Id(8)]
    public Timestamp Ended { get; init; }

    /// <summary>The listeners at each gateway, where the stream names them and these may have changed; otherwise null.</summary>
    [Id(9)]
    public GatewayListeners[]? Elsewhere { get; init; }

    /// <summary>Whether the stream was a pipe and has ended.</summary>
    [Id(5)]
    public required bool IsClosed { get; init; }

    /// <summary>Its place among those of the activation, from 1; 0 for one that may come between any others.</summary>
    [Id(10)]
    public long Number { get; init; }
}
