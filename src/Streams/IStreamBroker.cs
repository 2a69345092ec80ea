using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Streams;

/// <summary>
/// The port between those who serve streams and those who hold them. Whatever is refused throws
/// <see cref="StreamRefusedException"/> and has changed nothing.
/// </summary>
public interface IStreamBroker
{
    /// <summary>Begins a stream; a name in use is refused.</summary>
    ValueTask CreateAsync(StreamSettings settings, CancellationToken cancellationToken = default);

    /// <summary>Begins a stream for two, unlisted, under a random name.</summary>
    ValueTask<Pipe> CreatePipeAsync(TimeToLive timeToLive, CancellationToken cancellationToken = default);

    /// <summary>The public streams whose names begin with <paramref name="prefix"/>, the most recently used first.</summary>
    ValueTask<IReadOnlyList<StreamListing>> ListAsync(
        string prefix, int limit, CancellationToken cancellationToken = default);

    /// <summary>
    /// Stores a message and returns it as stored. Once this has returned, every read and every open listener has it. A
    /// text that is also a command is sent as one, after the message.
    /// </summary>
    ValueTask<Frame> AppendAsync(Draft draft, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of messages; an unknown stream has none.</summary>
    ValueTask<IReadOnlyList<Frame>> ReadAsync(PageRequest request, CancellationToken cancellationToken = default);

    /// <summary>Opens a listener. Dispose of it to leave.</summary>
    ValueTask<FeedReader> ListenAsync(ListenRequest request, CancellationToken cancellationToken = default);

    /// <summary>Who listens to a stream, on all nodes.</summary>
    ValueTask<Presence> GetPresenceAsync(StreamAddress address, CancellationToken cancellationToken = default);

    /// <summary>Changes the status of the user of a connection; false when no such connection is open on any node.</summary>
    ValueTask<bool> SetStatusAsync(string session, PresenceStatus status, CancellationToken cancellationToken = default);

    /// <summary>Sends a command to a stream's listeners and to whoever answers commands; returns the event as sent.</summary>
    ValueTask<Frame> SendCommandAsync(
        StreamAddress address, string prompt, CancellationToken cancellationToken = default);

    /// <summary>
    /// Whether the stream that a command was put to has ended, so that nothing of it may be sent on and whoever takes its
    /// name hears nothing of it. A command to a name that was not in use has no stream that could end.
    /// </summary>
    ValueTask<bool> HasEndedAsync(Command command, CancellationToken cancellationToken = default);

    /// <summary>Sends an event to a stream's listeners.</summary>
    ValueTask AnnounceAsync(StreamName stream, Notice notice, CancellationToken cancellationToken = default);
}
