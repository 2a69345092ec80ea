using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Streams;

/// <summary>
/// The port between the gateway, which serves streams, and whatever holds them. Every method throws
/// <see cref="StreamRefusedException"/> when it refuses a request, which has then changed nothing. Frames that are returned are
/// kept for the caller, who calls <see cref="Frame.LetGo"/> once they are sent, so that their text can be overwritten in time.
/// </summary>
public interface IStreamBroker
{
    /// <summary>Begins a stream; a name in use is refused.</summary>
    ValueTask CreateAsync(StreamSettings settings, CancellationToken cancellationToken = default);

    /// <summary>Begins a pipe: an unlisted stream for two, under a random name.</summary>
    ValueTask<Pipe> CreatePipeAsync(TimeToLive timeToLive, ClientKey client = default, CancellationToken cancellationToken = default);

    /// <summary>The public streams whose names begin with <paramref name="prefix"/>, the most recently used first.</summary>
    ValueTask<IReadOnlyList<StreamListing>> ListAsync(
        string prefix, int limit, CancellationToken cancellationToken = default);

    /// <summary>
    /// Stores a message and returns it as stored. Once this has returned, every read and every open listener gets the
    /// message. A text that is also a command (see <see cref="Command.Prefix"/>) is then sent as one.
    /// </summary>
    ValueTask<Frame> AppendAsync(Draft draft, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of messages; the page of a name that is not in use is empty.</summary>
    ValueTask<IReadOnlyList<Frame>> ReadAsync(PageRequest request, CancellationToken cancellationToken = default);

    /// <summary>Opens a listener; disposing of it closes it.</summary>
    ValueTask<FeedReader> ListenAsync(ListenRequest request, CancellationToken cancellationToken = default);

    /// <summary>The listeners of a stream, on all nodes.</summary>
    ValueTask<Presence> GetPresenceAsync(StreamAddress address, CancellationToken cancellationToken = default);

    /// <summary>Changes the status of a connection's user; false when no node has that connection open.</summary>
    ValueTask<bool> SetStatusAsync(string session, PresenceStatus status, CancellationToken cancellationToken = default);

    /// <summary>
    /// Says something to one or all of those who listen to a stream now. It waits for each until that connection takes it, and
    /// is never held beyond that.
    /// </summary>
    /// <exception cref="StreamRefusedException">
    /// The session is not open or does not hear the stream (<see cref="Refusal.NotYours"/>), whoever it is for does not listen
    /// (<see cref="Refusal.NotListening"/>), or has 256 waiting (<see cref="Refusal.Busy"/>).
    /// </exception>
    ValueTask SignalAsync(Signal signal, CancellationToken cancellationToken = default);

    /// <summary>Sends a command to a stream's listeners and to the responder, if there is one; returns the event as sent.</summary>
    /// <param name="address">The stream.</param>
    /// <param name="prompt">What to answer.</param>
    /// <param name="client">Whoever asks, and is charged for the answer.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    ValueTask<Frame> SendCommandAsync(
        StreamAddress address, string prompt, ClientKey client = default, CancellationToken cancellationToken = default);

    /// <summary>
    /// Whether the stream in which a command was given has ended. If so, nothing that came of the command may be sent on,
    /// because another stream may have taken the name. Always false for a command to a name that was not in use.
    /// </summary>
    ValueTask<bool> HasEndedAsync(Command command, CancellationToken cancellationToken = default);

    /// <summary>
    /// Shows a stream's listeners the answer to a command as far as it has been written. A listener that is slow gets the
    /// newest state alone. False when nobody is to see more of it, because the stream has ended or the command was settled.
    /// </summary>
    ValueTask<bool> ReportProgressAsync(Command command, string text, CancellationToken cancellationToken = default);

    /// <summary>Sends an event to a stream's listeners.</summary>
    ValueTask AnnounceAsync(StreamName stream, Notice notice, CancellationToken cancellationToken = default);
}
