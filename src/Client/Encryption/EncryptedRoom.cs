using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Malten.Client.Connections;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// An encrypted stream that was joined with its link: <see cref="MaltenClient.JoinAsync(EncryptedLink, string?, CancellationToken)"/>
/// or <see cref="MaltenClient.Join(EncryptedLink, string?)"/>.
/// What is posted is encrypted with the link's key and signed with a key that this room makes for itself and that is gone with it;
/// what is heard is decrypted, checked, and compared with all that came before, whether it did so here or in a page.
/// </summary>
/// <remarks>
/// Safe for use by several threads. Servers see the stream's meaningless name, when and how often something is posted, and padded
/// sizes. Whoever has the link reads everything that is held: there is no forward secrecy. docs/encryption.md says what is
/// protected from whom.
/// </remarks>
[UnsupportedOSPlatform("browser")]
public sealed class EncryptedRoom : IDisposable
{
    private const int FirstPage = 25; // messages; where they begin, so does what an author may name as read

    private static readonly TimeSpan LeastWait = TimeSpan.FromSeconds(1); // unless a node says otherwise

    private readonly MaltenClient _client;
    private readonly MaltenClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Enc2Author _author;
    private readonly RoomHistory _history;
    private readonly Lock _gate = new(); // of the history
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly SemaphoreSlim _posting = new(1, 1); // one after another: each message names the one before
    private volatile bool _isOpen; // its newest messages have been read
    private Timestamp _newest;
    private (Guid Id, string Text, string Message)? _unsettled; // what was sealed last, as long as nobody knows whether it was sent

    internal EncryptedRoom(MaltenClient client, EncryptedLink link, string name, MaltenClientOptions options)
    {
        var format = new Enc2(link.Keys);
        (_client, Link, _options, _time, _author) = (client, link, options, options.TimeProvider, new Enc2Author(format, name));
        _history = new RoomHistory(format, _author.Id);
    }

    /// <summary>The link with which it was joined.</summary>
    public EncryptedLink Link { get; }

    /// <summary>The public key that signs what this room posts, in base64url.</summary>
    public string Author => _author.Id;

    /// <summary>
    /// Encrypts, signs and posts a message. Repeated at other nodes until one answers; stored once. After one that could not be posted,
    /// the same text under the same id is that message once more; with any other it is given up, and that one says so.
    /// </summary>
    /// <param name="text">1–1024 characters, not blank.</param>
    /// <param name="id">A UUID of the caller's own; null makes one. Under one that has been used, nothing more is stored.</param>
    /// <returns>What is stored under the id: of another author, where another room was the first to use it.</returns>
    /// <exception cref="ArgumentException">
    /// The text is blank, too long or no Unicode, and nothing was sent; or what is stored under the id can't be opened.
    /// </exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public Task<EncryptedMessage> PostAsync(string text, Guid? id = null, CancellationToken cancellationToken = default) =>
        PostAsync(text, id, null, cancellationToken);

    /// <inheritdoc cref="PostAsync(string, Guid?, CancellationToken)"/>
    /// <param name="again">Before each further attempt, which posts the same sealed message; null for none.</param>
    internal async Task<EncryptedMessage> PostAsync(string text, Guid? id, PostAgain? again, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        TextLimits.CheckText(text);
        if (!_isOpen) await again.RepeatAsync(OpenOnceAsync, cancellationToken).ConfigureAwait(false);
        await _posting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await PostNextAsync(text, id ?? Guid.CreateVersion7(_time.GetUtcNow()), again, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _posting.Release();
        }

        async Task<bool> OpenOnceAsync()
        {
            await OpenAsync(null, cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>
    /// Listens until it is cancelled, as <see cref="MaltenClient.ListenAsync(string, ListenOptions?, CancellationToken)"/> does. Yields
    /// an <see cref="EncryptedMessage"/> for each that was sealed with the link's key and signed, with what the comparison found; a
    /// <see cref="FindingsChanged"/> when a later one says more about it; an <see cref="UnreadableMessage"/> or an
    /// <see cref="UnencryptedMessage"/> for what others may have slipped in; and events as they come.
    /// </summary>
    /// <param name="after">
    /// Where to begin: <see cref="Cursor.Beginning"/> for all that is held. What was heard before in this room is then expected to
    /// come again. Null goes on after the newest message that this room has been given.
    /// </param>
    /// <exception cref="ArgumentException">The cursor is for several streams.</exception>
    /// <exception cref="MaltenException">
    /// A node refused for good, asked for too long a wait, or no node answers as one of Malten does. Nodes that cannot be reached are tried
    /// again without end: <see cref="Disconnected"/> tells of it.
    /// </exception>
    public async IAsyncEnumerable<StreamItem> ListenAsync(Cursor? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var backoff = new Backoff(_options.LongestBackoff);
        while (await TryOpenAsync(after, cancellationToken).ConfigureAwait(false) is { } failed)
        {
            var wait = backoff.Next(failed.RetryAfter is { } asked && asked > LeastWait ? asked : LeastWait);
            yield return new Disconnected { Node = failed.Node!, RetryIn = wait, Cause = failed };
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        }

        var options = new ListenOptions { After = after ?? new Cursor(_newest) };
        await foreach (var item in _client.ListenAsync(Link.Stream, options, cancellationToken).ConfigureAwait(false))
            foreach (var told in Take(item)) yield return told;
    }

    /// <summary>How many connections listen. Nobody in an encrypted stream is listed by name: servers would see it.</summary>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public async Task<int> CountListenersAsync(CancellationToken cancellationToken = default) =>
        (await _client.GetPresenceAsync(Link.Stream, null, cancellationToken).ConfigureAwait(false)).Observers;

    /// <summary>Lets go of the author's key. Who listens goes on; nothing can be posted any more.</summary>
    public void Dispose()
    {
        _author.Dispose();
        _opening.Dispose();
        _posting.Dispose();
    }

    /// <summary>Reads the newest messages: what follows is compared with them, and what is written names them.</summary>
    /// <param name="after">From where all will be heard; null for only what comes from now on, which is done once.</param>
    internal async Task OpenAsync(Cursor? after, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (after is not null || !_isOpen) await ReadNewestAsync(after, cancellationToken).ConfigureAwait(false);
            _isOpen = true;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>As <see cref="OpenAsync"/>. Gives the failure after which it may be tried again; null where there was none.</summary>
    private async Task<MaltenException?> TryOpenAsync(Cursor? after, CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(after, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (MaltenException failed) when (failed is { IsTransient: true, Node: not null } && !(failed.RetryAfter > _options.LongestRetryAfter))
        {
            return failed;
        }
    }

    private async Task ReadNewestAsync(Cursor? after, CancellationToken cancellationToken)
    {
        var newestFirst = new ReadOptions { NewestFirst = true, PageSize = FirstPage };
        var held = _client.ReadAsync(Link.Stream, newestFirst, cancellationToken);
        var page = await held.Take(FirstPage + 1).ToListAsync(cancellationToken).ConfigureAwait(false);
        var isWhole = page.Count <= FirstPage;
        var first = page.Take(FirstPage).Reverse().ToList();
        lock (_gate)
        {
            _history.Begin(isWhole);
            foreach (var message in first) _history.Take(message, isNews: false);
            _history.NameFrom(first is [var oldest, ..] ? oldest.Created : null);
            if (after is not null) _history.Begin(after.Timestamps is [{ Nanoseconds: 0 }]);
            // What stands in this page has not been given to anybody yet: listening that breaks early goes on there.
            _newest = after is { Timestamps: [var place] } ? place : first is [.., var newest] ? newest.Created : Timestamp.Beginning;
        }
    }

    private async Task<EncryptedMessage> PostNextAsync(string text, Guid id, PostAgain? again, CancellationToken cancellationToken)
    {
        var message = Seal(text, id);
        var stored = await again.RepeatAsync(
            () => _client.PostAsync(Link.Stream, message, new PostOptions { Id = id }, cancellationToken), cancellationToken).ConfigureAwait(false);
        _unsettled = null;
        if (stored.Text != message) _author.GiveUp(); // another was stored under this id before
        return _history.Open(stored) ?? throw new ArgumentException("Something that this link does not open was posted under this id before.", nameof(id));
    }

    /// <summary>Seals it once, however often it is posted: each sealing takes a number of the author's, and would seem to be another message.</summary>
    private string Seal(string text, Guid id)
    {
        IReadOnlyList<string> seen;
        lock (_gate)
        {
            if (_unsettled is var (sealedLast, said, same))
            {
                if ((sealedLast, said) == (id, text)) return same;
                if (!_history.Knows(sealedLast)) _author.GiveUp(); // else it came back from the server: it was sent after all
            }

            seen = _history.Heads();
        }

        var message = _author.Seal(id, _time.GetUtcNow(), text, seen);
        _unsettled = (id, text, message);
        return message;
    }

    private IReadOnlyList<StreamItem> Take(StreamItem item)
    {
        lock (_gate)
        {
            if (item is Gap or Expired) _history.Fade();
            if (item is not Message message) return [item];
            if (message.Created > _newest) _newest = message.Created;
            return _history.Take(message, isNews: true);
        }
    }
}
