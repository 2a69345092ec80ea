using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// One side of a pipe between two people or machines, whose keys the two agree on when the link is opened and which forget the past
/// with every message: the format <c>pipe2</c> of docs/encryption.md. Made by <see cref="MaltenClient.InviteAsync(string?, TimeSpan?, CancellationToken)"/> and
/// <see cref="MaltenClient.Join(PipeLink, string?)"/>; the other side may be a page.
/// </summary>
/// <remarks>
/// It lives while <see cref="ListenAsync"/> is enumerated, which also goes through the handshake. Safe for use by several threads; one
/// of them listens.
/// </remarks>
[UnsupportedOSPlatform("browser")]
public sealed partial class EncryptedPipe : IAsyncDisposable
{
    private static readonly TimeSpan ReceiptAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1); // unless a node says otherwise
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly MaltenClient _client;
    private readonly string _stream;
    private readonly string _seat;
    private readonly PipeSession _session;
    private readonly ITimer _receipt;
    private readonly Lock _gate = new(); // of the session
    private readonly SemaphoreSlim _posting = new(1, 1); // texts arrive in the order of their numbers
    private readonly CancellationTokenSource _gone = new(); // this side has left
    private int _listeners;
    private (Guid Id, PipeMessage Shown, string Message)? _unsettled; // the last text that could not be posted, and may be again

    internal EncryptedPipe(MaltenClient client, Transport transport, PipeLink link, string seat, PipeHandshake handshake, string name, TimeProvider time)
    {
        (_bytes, _time) = (new ByteLink(transport, link.Stream, seat, SayAsync), time);
        (_client, Link, _stream, _seat, IsInviter) = (client, link, link.Stream, seat, handshake is InviterHandshake);
        _session = new PipeSession(handshake, name, time);
        _receipt = time.CreateTimer(_ => SendNote(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The link that opens it, once: what an inviter hands to the other side. Null as soon as it has been used.</summary>
    public PipeLink? Link { get; private set; }

    /// <summary>Whether this side made the link.</summary>
    public bool IsInviter { get; }

    /// <summary>
    /// Goes through the handshake, and then yields what the other side writes, until the pipe is over. The first item of importance is
    /// a <see cref="PipeOpened"/>, the last one a <see cref="PipeClosed"/>; in between come each <see cref="PipeMessage"/> and
    /// <see cref="PipeReceipt"/>, and what somebody else tries: <see cref="PipeWarning"/>, <see cref="UnreadableMessage"/>,
    /// <see cref="UnencryptedMessage"/>. It can be called once; streams of bytes end with it.
    /// </summary>
    /// <exception cref="InvalidOperationException">Somebody has listened already.</exception>
    /// <exception cref="MaltenException">
    /// A node refused for good, or no node answers as one of Malten does; or, when a link is opened, none answered in time.
    /// </exception>
    public async IAsyncEnumerable<StreamItem> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _listeners, 1) != 0) throw new InvalidOperationException("A pipe is listened to once.");
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _gone.Token);
        try
        {
            var after = Timestamp.Beginning;
            if (!IsInviter)
            {
                // What is there already shows whether somebody else was faster.
                var held = _client.ReadAsync(_stream, new ReadOptions { Seat = _seat }, cancellationToken).GetAsyncEnumerator(cancellationToken);
                await using var read = held.ConfigureAwait(false);
                while (await NextAsync(held, cancellationToken).ConfigureAwait(false) is { } message)
                {
                    after = message.Created;
                    foreach (var item in (await TakeAsync(message, cancellationToken).ConfigureAwait(false)).Items) yield return item;
                }

                PipeStep begun;
                lock (_gate) begun = _session.Begin();
                foreach (var item in (await SendAsync(begun, cancellationToken).ConfigureAwait(false)).Items) yield return item;
            }

            var options = new ListenOptions { After = new Cursor(after), Seat = _seat };
            var items = _client.ListenAsync(_stream, options, either.Token).GetAsyncEnumerator(either.Token);
            await using var leaving = items.ConfigureAwait(false);
            while (!_session.IsOver && await NextAsync(items, cancellationToken).ConfigureAwait(false) is { } next)
            {
                Note(next);
                if (next is not Message message) yield return next;
                else foreach (var item in (await TakeAsync(message, cancellationToken).ConfigureAwait(false)).Items) yield return item;
            }
        }
        finally
        {
            await _gone.CancelAsync().ConfigureAwait(false); // whoever sends or receives bytes would wait for ever
        }

        yield return Close();
    }

    /// <summary>Encrypts and posts a text. One that could not be posted is given up, and the next one says so.</summary>
    /// <param name="text">1–1024 characters, not blank.</param>
    /// <exception cref="ArgumentException">The text is blank, too long or no Unicode.</exception>
    /// <exception cref="InvalidOperationException">The pipe is not open yet, or over.</exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public Task<PipeMessage> PostAsync(string text, CancellationToken cancellationToken = default) => PostAsync(text, null, null, cancellationToken);

    /// <inheritdoc cref="PostAsync(string, CancellationToken)"/>
    /// <param name="id">
    /// A UUID of the caller's own, which no server sees: the same text again, after it could not be posted, is the same message, unless another
    /// was posted meanwhile. With null it is given up at once.
    /// </param>
    /// <param name="again">Before each further attempt; null for none.</param>
    internal async Task<PipeMessage> PostAsync(string text, Guid? id, PostAgain? again, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        TextLimits.CheckText(text);
        await _posting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            PipeMessage shown;
            string message;
            bool isNew;
            lock (_gate) (shown, message, isNew) = Seal(text, id);
            if (isNew) _receipt.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan); // it acknowledges, too
            try
            {
                var stored = await again.RepeatAsync(() => PostAsync(shown.Id, message, cancellationToken), cancellationToken).ConfigureAwait(false);
                return shown with { Created = stored.Created };
            }
            catch (Exception failed)
            {
                var mayHaveArrived = failed is OperationCanceledException or MaltenException { MayPass: true };
                lock (_gate)
                    if (id is { } given && mayHaveArrived) _unsettled = (given, shown, message);
                    else _session.GiveUp(shown.Id);
                throw;
            }
        }
        finally
        {
            _posting.Release();
        }
    }

    /// <summary>Whether a text of this side has arrived, by the other side's word.</summary>
    /// <param name="number">Its <see cref="PipeMessage.Number"/>.</param>
    public bool HasArrived(long number)
    {
        lock (_gate) return _session.HasArrived(number);
    }

    /// <summary>Tells the other side that this one leaves, and lets go of the keys. Nothing happens where it has done so before.</summary>
    /// <exception cref="MaltenException">No node answered in time. The keys are gone all the same.</exception>
    public async Task LeaveAsync(CancellationToken cancellationToken = default)
    {
        (Guid Id, string Message)? farewell;
        lock (_gate)
        {
            GiveUpUnsettled();
            farewell = _session.Leave();
        }

        await _gone.CancelAsync().ConfigureAwait(false);
        if (farewell is { } last) await PostAsync(last.Id, last.Message, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets go of the keys, without a word to the other side: see <see cref="LeaveAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _receipt.DisposeAsync().ConfigureAwait(false);
        Close();
        await _gone.CancelAsync().ConfigureAwait(false); // never disposed: whoever listens still looks at it
    }

    private (PipeMessage Shown, string Message, bool IsNew) Seal(string text, Guid? id)
    {
        if (!_session.IsOver && _unsettled is var (given, shown, message) && (given, shown.Text) == (id, text))
        {
            _unsettled = null; // while it is posted, as any other
            return (shown, message, false);
        }

        GiveUpUnsettled();
        (shown, message) = _session.Seal(text);
        return (shown, message, true);
    }

    /// <summary>It will not be sent again: what is sealed next says so.</summary>
    private void GiveUpUnsettled()
    {
        if (_unsettled is { } unsettled) _session.GiveUp(unsettled.Shown.Id);
        _unsettled = null;
    }

    private PipeClosed Close()
    {
        lock (_gate) _session.Close(PipeEnd.Over);
        return _session.Closed!;
    }

    /// <summary>The next item; null when the pipe has ended on the server, or this side has left.</summary>
    private async ValueTask<T?> NextAsync<T>(IAsyncEnumerator<T> items, CancellationToken cancellationToken) where T : StreamItem
    {
        try
        {
            return await items.MoveNextAsync().ConfigureAwait(false) ? items.Current : null;
        }
        catch (MaltenException refused) when (refused.Status == HttpStatusCode.Forbidden)
        {
            Close(); // it ended while this side was not connected
            return null;
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private Task<PipeStep> TakeAsync(Message message, CancellationToken cancellationToken)
    {
        PipeStep step;
        lock (_gate) step = _session.Take(message);
        if (_session.IsOpen || _session.IsOver) Link = null; // it holds a secret, and opens nothing any more
        if (step.IsFromOtherSide) Volatile.Write(ref _heard, _time.GetTimestamp());
        if (step.Word is { } word) Hear(word);
        if (step.AsksForReceipt) _receipt.Change(ReceiptAfter, Timeout.InfiniteTimeSpan);
        return SendAsync(step, cancellationToken);
    }

    /// <summary>Posts what a step asks for. A frame of the handshake is posted until a node has it or refuses it: without it, the pipe can't open.</summary>
    private async Task<PipeStep> SendAsync(PipeStep step, CancellationToken cancellationToken)
    {
        foreach (var frame in step.Frames)
        {
            var id = Guid.NewGuid();
            await PostUntilTakenAsync(id, frame, cancellationToken).ConfigureAwait(false);
        }

        if (step.Note is { } note) await TryPostAsync(note.Id, note.Message, cancellationToken).ConfigureAwait(false); // else the next message says it
        return step;
    }

    /// <summary>Posts until a node has it, or the pipe is over.</summary>
    /// <exception cref="MaltenException">It was refused for good.</exception>
    private async Task PostUntilTakenAsync(Guid id, string message, CancellationToken cancellationToken)
    {
        while (await TryPostAsync(id, message, cancellationToken).ConfigureAwait(false) is { } wait)
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Posts, for as long as a call may take. Null when a node has it; how long to wait before the next attempt when none would take it
    /// now. A pipe that the server does not know any more is over.
    /// </summary>
    /// <exception cref="MaltenException">It was refused for good.</exception>
    private async Task<TimeSpan?> TryPostAsync(Guid id, string message, CancellationToken cancellationToken)
    {
        try
        {
            await PostAsync(id, message, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (MaltenException failed) when (failed.IsTransient)
        {
            return failed.RetryAfter is { } asked && asked < LongestWait ? asked : failed.RetryAfter is null ? BetweenAttempts : LongestWait;
        }
        catch (MaltenException refused) when (refused.Status == HttpStatusCode.Forbidden)
        {
            Close();
            return null;
        }
    }

    private Task<Message> PostAsync(Guid id, string message, CancellationToken cancellationToken) =>
        _client.PostAsync(_stream, message, new PostOptions { Id = id, Seat = _seat }, cancellationToken);

    /// <summary>Posts a message that says no more than what has arrived, and that this side is there.</summary>
    private async void SendNote()
    {
        (Guid Id, string Message)? note;
        lock (_gate) note = _session.Note();
        if (note is not { } sealedNote) return;
        try
        {
            await PostAsync(sealedNote.Id, sealedNote.Message, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is MaltenException or OperationCanceledException or ObjectDisposedException)
        {
            // the next message says it
        }
    }
}
