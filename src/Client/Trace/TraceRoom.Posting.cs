using System.Net;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <content>What is said, after making sure that no server holds it.</content>
public sealed partial class TraceRoom
{
    /// <summary>Whether a node has sent what has not been taken yet: then it may not be so any more what it said before.</summary>
    internal bool IsBehind => _isListening ? _next is { } next && IsUnread(next) : _hasUnread;

    private static bool IsUnread(Task<ReadItem?> next) => next is { IsCompletedSuccessfully: true, Result: not null } or { IsFaulted: true };

    /// <summary>
    /// Encrypts, signs and says a message, after making sure that servers hold nothing of it. One that could not be posted is given up,
    /// and the next one says so.
    /// </summary>
    /// <param name="text">1–1024 characters, not blank.</param>
    /// <exception cref="ArgumentException">The text is blank, too long or no Unicode; nothing was sent.</exception>
    /// <exception cref="InvalidOperationException">
    /// Nobody listens, so that it would be gone at once; or the server holds what is said under this name. Nothing was sent.
    /// </exception>
    /// <exception cref="MaltenException">It was refused, or no node answered in time.</exception>
    public Task<EncryptedMessage> PostAsync(string text, CancellationToken cancellationToken = default) => PostAsync(text, null, null, cancellationToken);

    /// <inheritdoc cref="PostAsync(string, CancellationToken)"/>
    /// <param name="id">
    /// A UUID of the caller's own, under which only one is said: the same text again, after it could not be posted, is the same message. Null
    /// makes one.
    /// </param>
    /// <param name="again">Before each further attempt; null for none.</param>
    internal async Task<EncryptedMessage> PostAsync(string text, Guid? id, PostAgain? again, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(text);
        TextLimits.CheckText(text);
        await _posting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            CheckListens();
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _leaving.Token);
            return await PostNextAsync(text, id, again, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && _leaving.IsCancellationRequested)
        {
            throw IsNotThere();
        }
        finally
        {
            _posting.Release();
        }
    }

    private static InvalidOperationException IsNotThere() =>
        new("Whoever says something in a stream that leaves no trace has to be there: listen first.");

    private void CheckListens()
    {
        if (!_isListening || _leaving.IsCancellationRequested) throw IsNotThere();
    }

    private async Task<EncryptedMessage> PostNextAsync(string text, Guid? given, PostAgain? again, CancellationToken cancellationToken)
    {
        Task introduced;
        lock (_gate) introduced = _self.Speak();
        await introduced.WaitAsync(cancellationToken).ConfigureAwait(false);
        await again.RepeatAsync(() => MakeSureAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        var id = given ?? Guid.CreateVersion7(_time.GetUtcNow());
        string message;
        lock (_gate)
        {
            CheckListens();
            if (_self.FindSaid(id) is { } said) return said; // though no answer came
            message = _self.Seal(id, _time.GetUtcNow(), text);
        }

        var isFirst = true;
        Message stored;
        try
        {
            stored = await again.RepeatAsync(SendAsync, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _ = LookAfterAsync(id); // it may have been sent, though no answer came
        }

        lock (_gate)
        {
            var (kept, displaced) = _self.Keep(stored);
            if (displaced is not null) _aside.Writer.TryWrite(displaced);
            return kept;
        }

        async Task<Message> SendAsync()
        {
            if (!isFirst) await MakeSureAgainAsync(cancellationToken).ConfigureAwait(false);
            isFirst = false;
            return await _client.PostAsync(Link.Stream, message, id, MakeSureAgainAsync, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> MakeSureAsync(CancellationToken cancellationToken)
    {
        CheckListens();
        await _guard.MakeSureAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Between two attempts, a node may have ended and come back: what was known before the first does not hold for the second.</summary>
    private Task MakeSureAgainAsync(MaltenException failed, CancellationToken cancellationToken) =>
        failed.Status == HttpStatusCode.TooManyRequests ? MakeSureAsync(cancellationToken) : MakeSureAgainAsync(cancellationToken);

    private async Task<bool> MakeSureAgainAsync(CancellationToken cancellationToken)
    {
        lock (_gate) _self.Life.AskAgain();
        return await MakeSureAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where it is not sure to begin no stream that a server holds, it is not said: the others notice that nobody speaks.</summary>
    private async Task SayFarewellAsync(CancellationToken cancellationToken)
    {
        if (!MayLeave() || (IsBehind && !await _guard.HoldsNothingAsync(cancellationToken).ConfigureAwait(false))) return;
        string farewell;
        lock (_gate)
        {
            if (_gone.IsCancellationRequested) return; // the key is disposed
            farewell = _frames.SealFarewell(_author);
        }

        await _client.PostAsync(Link.Stream, farewell, Guid.CreateVersion7(_time.GetUtcNow()), BeforeAgainAsync, cancellationToken).ConfigureAwait(false);

        bool MayLeave()
        {
            lock (_gate) return _self.HasSpoken && _self.Life.MayLeave;
        }

        Task BeforeAgainAsync(MaltenException failed, CancellationToken _) =>
            failed.Status == HttpStatusCode.TooManyRequests && MayLeave() ? Task.CompletedTask : Task.FromException(failed);
    }

    /// <summary>Between the question and the post, a node may have begun a stream of its own with it. That can't be taken back, but told.</summary>
    private async Task LookAfterAsync(Guid id)
    {
        if (await _guard.IsHeldAsync(_gone.Token).ConfigureAwait(false)) _aside.Writer.TryWrite(new HeldByServer(Link.Stream, id));
    }
}
