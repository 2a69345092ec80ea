using System.Runtime.CompilerServices;
using Malten.Client.Connections;

namespace Malten.Client;

/// <content>Listening, and who else does.</content>
public sealed partial class MaltenClient
{
    private const int MostStreams = 32;

    /// <summary>Listens to a stream; see <see cref="ListenAsync(IReadOnlyList{string}, ListenOptions?, CancellationToken)"/>.</summary>
    /// <param name="stream">The stream's name; it need not be in use.</param>
    public IAsyncEnumerable<StreamItem> ListenAsync(string stream, ListenOptions? options = null, CancellationToken cancellationToken = default) =>
        ListenAsync([stream], options, cancellationToken);

    /// <summary>
    /// Listens to several streams over one connection, until it is cancelled. When the connection is lost, the client connects
    /// again, at the next node if there are several, and resumes by id: no message is missed or heard twice, and where one is gone
    /// for good, a <see cref="Gap"/> stands in its place. Messages of one stream come in the same order to everybody.
    /// </summary>
    /// <param name="streams">1–32 different names, in the order that a <see cref="Cursor"/> for them has.</param>
    /// <remarks>
    /// It waits before it connects again as long as the node asks for (<c>retry:</c>), and twice as long after each failure of
    /// the node that is next, up to <see cref="MaltenClientOptions.LongestBackoff"/>, with jitter; a connection that lasts a minute
    /// ends that. Listening to a pipe ends when the pipe does. Whoever does not take items fast enough is not waited for: a node skips ahead, with a gap, and
    /// disconnects a listener that takes nothing for 30 s.
    /// </remarks>
    /// <exception cref="ArgumentException">There are no streams, too many, the same twice or one without a name, or the cursor is not theirs.</exception>
    /// <exception cref="MaltenException">
    /// A node refused for good, asked for too long a wait, or no node answers as one of Malten does. Nodes that cannot be reached
    /// are tried again without end: <see cref="Disconnected"/> tells of it.
    /// </exception>
    public IAsyncEnumerable<StreamItem> ListenAsync(
        IReadOnlyList<string> streams, ListenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streams);
        ObjectDisposedException.ThrowIf(_closed.IsCancellationRequested, this);
        if (streams.Count is 0 or > MostStreams) throw new ArgumentException($"Listen to 1–{MostStreams} streams.", nameof(streams));
        if (streams.Any(string.IsNullOrEmpty)) throw new ArgumentException("A stream has no name.", nameof(streams));
        if (streams.Distinct().Count() < streams.Count) throw new ArgumentException("A stream is named twice.", nameof(streams));
        var listening = new Listening(_transport, _options, [.. streams], options ?? new ListenOptions());
        return RunAsync(listening, cancellationToken);
    }

    /// <summary>Who listens to a stream now.</summary>
    /// <param name="stream">The stream's name.</param>
    /// <param name="seat">For a pipe: one of its two secrets.</param>
    /// <exception cref="ArgumentException">The stream has no name, or something has half of a surrogate pair.</exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public Task<Presence> GetPresenceAsync(string stream, string? seat = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        var presence = Request.Get("presence", new Parameters { { "stream", stream }, { "seat", seat } });
        return _transport.CallAsync(presence, Body.ReadPresence, cancellationToken);
    }

    /// <summary>Sets what the user of an open connection is doing, in all streams that it hears.</summary>
    /// <param name="session">The <see cref="Opened.Session"/> of the connection, which must have been opened with a user.</param>
    /// <exception cref="MaltenException">403: the connection is not open any more. Or no node answered in time.</exception>
    public Task SetStatusAsync(string session, PresenceStatus status, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var change = Request.Post("presence", new Parameters { { "session", session }, { "status", status.ToWire() } });
        return _transport.CallAsync(change, Body.Ignore, cancellationToken);
    }

    /// <summary>
    /// Says something to those who listen at this moment; held nowhere. It is delivered once or not at all, in the order sent
    /// between two listeners.
    /// </summary>
    /// <param name="session">The <see cref="Opened.Session"/> of an open connection of the sender that hears the stream.</param>
    /// <param name="text">Within the limits of a message.</param>
    /// <param name="to">The <see cref="Opened.Listener"/> that is to hear it; null for all.</param>
    /// <exception cref="ArgumentException">
    /// A session, a stream or an addressee is empty, or something has half of a surrogate pair. Nothing was sent.
    /// </exception>
    /// <exception cref="MaltenException">
    /// 404: <paramref name="to"/> does not listen. 403: the connection is not open. 429: too many wait for it; or, where it is for all,
    /// this client has said too much to all who hear that stream, or posted too much in all.
    /// </exception>
    public Task SignalAsync(string session, string stream, string text, string? to = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(session);
        ArgumentException.ThrowIfNullOrEmpty(stream);
        ArgumentNullException.ThrowIfNull(text);
        if (to is not null) ArgumentException.ThrowIfNullOrEmpty(to); // to nodes, an empty one would be all
        return _transport.CallAsync(ToSignal(session, stream, text, to), Body.Ignore, cancellationToken);
    }

    /// <summary>As <see cref="SignalAsync"/>, but asks one node once.</summary>
    internal Task SignalOnceAsync(string session, string stream, string text, string? to, CancellationToken cancellationToken) =>
        _transport.CallOnceAsync(ToSignal(session, stream, text, to), Body.Ignore, cancellationToken);

    /// <summary>Listens to a stream, and tries to connect again at least this often, however a node that is lost takes to come back.</summary>
    /// <param name="longestSilence">After which a connection is taken to be dead; nodes send something every 15 s.</param>
    internal IAsyncEnumerable<StreamItem> ListenAsync(
        string stream, TimeSpan longestBackoff, TimeSpan longestSilence, CancellationToken cancellationToken)
    {
        var (backoff, timeout) = (Shorter(_options.LongestBackoff, longestBackoff), Shorter(_options.AttemptTimeout, longestBackoff));
        var silence = Shorter(_options.SilenceTimeout, longestSilence);
        var options = _options with { LongestBackoff = backoff, AttemptTimeout = timeout, SilenceTimeout = silence };
        return RunAsync(new Listening(_transport, options, [stream], new ListenOptions()), cancellationToken);

        static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
    }

    private static Request ToSignal(string session, string stream, string text, string? to)
    {
        var signal = Request.Post("signals", new Parameters { { "session", session }, { "stream", stream }, { "message", text }, { "to", to } });
        return signal with { IsIdempotent = false };
    }

    private async IAsyncEnumerable<StreamItem> RunAsync(Listening listening, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        await foreach (var item in listening.RunAsync(stop.Token).ConfigureAwait(false)) yield return item;
    }
}
