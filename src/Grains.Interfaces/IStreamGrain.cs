using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Orleans.Concurrency;

namespace Malten.Grains.Interfaces;

/// <summary>
/// A stream, on whichever silo it lives; the key is its name. A refusal comes back as an <see cref="Outcome{T}"/>; an
/// exception means that the call failed on its way and may be repeated.
/// </summary>
[Alias("malten.stream")]
public interface IStreamGrain : IGrainWithStringKey
{
    /// <summary>Begins a stream. A repeated call with the same request id gets the same answer.</summary>
    [ResponseTimeout("00:00:10")]
    Task<Outcome<bool>> Begin([Immutable] StreamSettings settings, [Immutable] Seats? seats, Guid request);

    /// <summary>
    /// Stores messages, each on as many silos as should hold the stream, and returns them: one outcome for each draft, in
    /// their order. One that is refused does not keep the others from being stored. Drafts must have ids.
    /// </summary>
    [ResponseTimeout("00:00:10")]
    Task<Outcome<Frame>[]> Append([Immutable] Draft[] drafts);

    /// <summary>Reads a page of messages; an unknown stream has none.</summary>
    [ResponseTimeout("00:00:05"), AlwaysInterleave]
    Task<Outcome<Frame[]>> Read([Immutable] PageRequest request);

    /// <summary>
    /// Sends a command to the stream's listeners and to the responders. A repeated call with the same id sends it once.
    /// <paramref name="client"/> is charged for the answer.
    /// </summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<Frame>> SendCommand([Immutable] StreamAddress address, string prompt, Guid id, ClientKey client);

    /// <summary>Whether the stream to which a command was sent has ended.</summary>
    [ResponseTimeout("00:00:05"), AlwaysInterleave]
    Task<bool> HasEnded([Immutable] Command command);

    /// <summary>
    /// Shows the stream's listeners the answer to a command as far as it has been written; false when nobody is to see more
    /// of it.
    /// </summary>
    [ResponseTimeout("00:00:05")]
    Task<bool> ReportProgress([Immutable] Command command, string text);

    /// <summary>
    /// Sends an event to the stream's listeners. One that <paramref name="settles"/> a command is sent only if that command
    /// has been neither answered nor settled.
    /// </summary>
    Task Announce([Immutable] Frame announcement, Guid? settles);

    /// <summary>The listeners of the stream, on all nodes.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<Presence>> GetPresence(string? seat);

    /// <summary>
    /// Subscribes a gateway to the stream, or renews its subscription. A gateway that stops renewing is removed. The answer
    /// carries what the gateway has missed.
    /// </summary>
    [ResponseTimeout("00:00:05")]
    Task<FeedUpdate> Subscribe([Immutable] FeedSubscription subscription);

    /// <summary>Ends a gateway's subscription: the stream has no listeners there any more.</summary>
    [ResponseTimeout("00:00:05")]
    Task Unsubscribe(string gateway, long subscription);

    /// <summary>
    /// The gateways that subscribe to the stream, for what is said to its listeners past the stream. Fails as a call that is lost does,
    /// and may be repeated, while <paramref name="wanted"/> is not among them and may have subscribed to the activation before this one:
    /// then it is about to come.
    /// </summary>
    [ResponseTimeout("00:00:05"), AlwaysInterleave]
    Task<GatewayRoute[]> GetGateways(string? wanted = null);

    /// <summary>Restores a stream that the cluster has lost and a gateway still has.</summary>
    [ResponseTimeout("00:00:05")]
    Task Offer([Immutable] StreamSnapshot snapshot);

    /// <summary>Admits a listener at a gateway, or refuses it: a pipe takes two listeners for each seat.</summary>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<bool>> Admit(string gateway, string? seat);

    /// <summary>Reports the listeners at a gateway.</summary>
    [ResponseTimeout("00:00:05")]
    Task Report(string gateway, [Immutable] NodePresence presence);

    /// <summary>
    /// Claims a command for a silo. True for one silo only, and again if that silo repeats the call because it lost the
    /// answer.
    /// </summary>
    [ResponseTimeout("00:00:10")]
    Task<bool> TryClaim(Guid command, SiloAddress silo);

    /// <summary>The prompt of a command that was sent here in the last seconds; null for any other.</summary>
    [ResponseTimeout("00:00:05")]
    Task<string?> GetPrompt(Guid command);

    /// <summary>Ends the stream if its time has passed, and drops what is left of one that has ended.</summary>
    Task Expire();

    /// <summary>
    /// Silos have joined or left. Returns when every silo that should hold the stream does; an activation that this call
    /// creates goes on with the copy that a silo holds.
    /// </summary>
    /// <param name="held">
    /// When the stream began of which the caller holds a copy; <see cref="Timestamp.None"/> when it holds none. An activation
    /// that never knew that stream ends, so that the next one finds it.
    /// </param>
    [ResponseTimeout("00:00:30")]
    Task<SettleOutcome> Settle(Timestamp held);
}

/// <summary>What a stream says when silos have joined or left.</summary>
public enum SettleOutcome
{
    /// <summary>Nobody uses the name, as far as its activation knows.</summary>
    Unused,

    /// <summary>The stream should run on another silo: the activation has ended, and the next call makes one there.</summary>
    Moves,

    /// <summary>Every silo that should hold the stream does.</summary>
    InPlace,
}
