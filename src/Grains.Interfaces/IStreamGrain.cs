using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Orleans.Concurrency;

namespace Malten.Grains.Interfaces;

/// <summary>
/// A stream, wherever in the cluster it is held; the key is its name. What is refused comes back as an
/// <see cref="Outcome{T}"/>; an exception means that the call failed on its way and may be repeated.
/// </summary>
[Alias("malten.stream")]
public interface IStreamGrain : IGrainWithStringKey
{
    /// <summary>Begins a stream. Repeated with the same request id it is answered as the first time.</summary>
    [ResponseTimeout("00:00:10")]
    Task<Outcome<bool>> Begin([Immutable] StreamSettings settings, [Immutable] Seats? seats, Guid request);

    /// <summary>Stores a message on two silos, where there are two, and returns it. The draft must have an id.</summary>
    [ResponseTimeout("00:00:10")]
    Task<Outcome<Frame>> Append([Immutable] Draft draft);

    /// <summary>Reads a page.</summary>
    [ResponseTimeout("00:00:05"), AlwaysInterleave]
    Task<Outcome<Frame[]>> Read([Immutable] PageRequest request);

    /// <summary>Sends a command to listeners and to whoever answers.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<Frame>> SendCommand([Immutable] StreamAddress address, string prompt);

    /// <summary>Whether the stream that a command was put to has ended.</summary>
    [ResponseTimeout("00:00:05"), AlwaysInterleave]
    Task<bool> HasEnded([Immutable] Command command);

    /// <summary>Sends an event to listeners; <paramref name="settles"/> is the command that it says the last word on.</summary>
    Task Announce(Frame announcement, Guid? settles);

    /// <summary>Who listens, on all nodes.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<Presence>> GetPresence(string? seat);

    /// <summary>
    /// A gateway that has listeners begins to hear the stream, or goes on: repeated every few seconds, or it is forgotten.
    /// The answer brings what the gateway has missed.
    /// </summary>
    [ResponseTimeout("00:00:05")]
    Task<FeedUpdate> Subscribe([Immutable] FeedSubscription subscription);

    /// <summary>A gateway has no listeners any more.</summary>
    Task Unsubscribe(string gateway, long subscription);

    /// <summary>A gateway gives back a stream that the cluster has lost.</summary>
    Task Offer([Immutable] StreamSnapshot snapshot);

    /// <summary>A listener at a gateway asks for its place; pipes have few.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<bool>> Admit(string gateway, string? seat);

    /// <summary>Who listens at a gateway.</summary>
    Task Report(string gateway, [Immutable] NodePresence presence);

    /// <summary>Whether this silo is the one that answers the command: true for one, again when the answer to it got lost.</summary>
    [ResponseTimeout("00:00:10")]
    Task<bool> TryClaim(Guid command, SiloAddress silo);

    /// <summary>The time of the stream may have passed.</summary>
    Task Expire();

    /// <summary>Silos have come or gone: the second copy may have to be made anew.</summary>
    [OneWay]
    Task MembershipChanged();
}
