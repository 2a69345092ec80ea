using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using System.Threading.Channels;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// A stream that leaves no trace, joined with its link: <see cref="MaltenClient.Join(TraceLink, string?)"/>. No server holds what is
/// said there. What this room posts lives in it, and is handed, signed, to whoever comes, page or program; when it leaves, what it posted
/// vanishes everywhere. The format is that of docs/encryption.md.
/// </summary>
/// <remarks>
/// It takes part while <see cref="ListenAsync"/> is enumerated, and answers others only as long as items are taken: whoever is not there
/// for 20 seconds has left. Safe for use by several threads; one of them listens.
/// </remarks>
[UnsupportedOSPlatform("browser")]
public sealed class TraceRoom : IAsyncDisposable
{
    private static readonly TimeSpan LongestBackoff = TraceMembers.Grace * 0.4; // one of two attempts has to come in time

    private readonly MaltenClient _client;
    private readonly TimeProvider _time;
    private readonly Enc2Author _author;
    private readonly TraceFrames _frames;
    private readonly TraceVoice _voice;
    private readonly TraceParticipant _self;
    private readonly TraceGuard _guard;
    private readonly Lock _gate = new(); // of the participant
    private readonly SemaphoreSlim _posting = new(1, 1); // one after another: each message names the one before
    private readonly Channel<StreamItem> _aside = Channel.CreateUnbounded<StreamItem>(); // told besides what nodes send
    private readonly CancellationTokenSource _gone = new(); // never disposed: whoever listens still looks at it
    private int _listeners;
    private bool _hasLeft;

    internal TraceRoom(MaltenClient client, TraceLink link, string name, TimeProvider time)
    {
        var format = new Enc2(link.Keys);
        (_client, Link, _time) = (client, link, time);
        (_author, _frames) = (new Enc2Author(format, name), new TraceFrames(link.Keys));
        _voice = new TraceVoice(client, link.Keys, _frames, time);
        _self = new TraceParticipant(link.Keys, format, _author, _frames, _voice, time);
        _guard = new TraceGuard(client, link.Stream, _self, _gate, LongestBackoff);
    }

    /// <summary>The link with which it was joined.</summary>
    public TraceLink Link { get; }

    /// <summary>The public key that signs what this room posts, in base64url.</summary>
    public string Author => _author.Id;

    /// <summary>How many authors have said that they have messages that have not come yet.</summary>
    public int Fetching
    {
        get
        {
            lock (_gate) return _self.Lacking;
        }
    }

    /// <summary>
    /// Takes part until it is cancelled or <see cref="LeaveAsync"/> is called. Yields an <see cref="EncryptedMessage"/> for each message
    /// of those who are there, whether it was said just now or its author hands it over; an <see cref="AuthorLeft"/> when somebody has
    /// gone, and what they wrote with them; a <see cref="FindingsChanged"/>, a <see cref="MessageDisplaced"/>, a
    /// <see cref="HistoryIncomplete"/> or a <see cref="HeldByServer"/>; what others slipped in; and events as they come. It can be called
    /// once.
    /// </summary>
    /// <exception cref="InvalidOperationException">Somebody has listened already.</exception>
    /// <exception cref="MaltenException">A node refused for good, or no node answers as one of Malten does.</exception>
    public async IAsyncEnumerable<StreamItem> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _listeners, 1) != 0) throw new InvalidOperationException("Such a stream is listened to once.");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _gone.Token);
        var items = _client.ListenAsync(Link.Stream, LongestBackoff, stop.Token).GetAsyncEnumerator(stop.Token);
        var speaking = _voice.RunAsync(stop.Token);
        var next = items.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                await WaitAsync(next, stop.Token).ConfigureAwait(false);
                if (_gone.IsCancellationRequested) yield break;
                cancellationToken.ThrowIfCancellationRequested();
                while (_aside.Reader.TryRead(out var aside)) yield return aside;
                foreach (var told in Look()) yield return told;
                if (!next.IsCompleted) continue;
                if (!await IsThereNextAsync(next).ConfigureAwait(false)) yield break;
                foreach (var told in await TakeAsync(items.Current, cancellationToken).ConfigureAwait(false)) yield return told;
                next = items.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            lock (_gate) _self.Close(inGoodOrder: true);
            await _gone.CancelAsync().ConfigureAwait(false); // nothing more is said by whoever does not listen
            await stop.CancelAsync().ConfigureAwait(false);
            await next.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
            await items.DisposeAsync().ConfigureAwait(false);
            await speaking.ConfigureAwait(false);
        }
    }

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
    public async Task<EncryptedMessage> PostAsync(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        TextLimits.CheckText(text);
        await _posting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_listeners == 0 || _gone.IsCancellationRequested)
                throw new InvalidOperationException("Whoever says something in a stream that leaves no trace has to be there: listen first.");
            lock (_gate) _self.Speak();
            await _guard.MakeSureAsync(cancellationToken).ConfigureAwait(false);
            return await PostNextAsync(text, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _posting.Release();
        }
    }

    /// <summary>Says farewell, so that what this room posted vanishes at once, and ends listening. Nothing happens where it has done so before.</summary>
    /// <exception cref="MaltenException">No node answered in time: then it vanishes 20 seconds after listening has ended.</exception>
    public async Task LeaveAsync(CancellationToken cancellationToken = default)
    {
        string? farewell;
        lock (_gate)
        {
            farewell = !_hasLeft && _self.HasSpoken && _self.Life.MayLeave ? _frames.SealFarewell(_author) : null;
            _hasLeft = true;
        }

        try
        {
            if (farewell is not null) await _client.PostAsync(Link.Stream, farewell, null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await _gone.CancelAsync().ConfigureAwait(false);
            lock (_gate) _self.Forget();
        }
    }

    /// <summary>Ends listening and lets go of the author's key, without a word to the others: see <see cref="LeaveAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync().ConfigureAwait(false);
        lock (_gate)
        {
            _self.Forget();
            _author.Dispose();
        }
    }

    private async Task<EncryptedMessage> PostNextAsync(string text, CancellationToken cancellationToken)
    {
        var id = Guid.CreateVersion7(_time.GetUtcNow());
        string message;
        byte[] signed;
        lock (_gate)
        {
            message = _author.Seal(id, _time.GetUtcNow(), text, _self.Heads);
            signed = _author.Signed;
        }

        try
        {
            var stored = await _client.PostAsync(Link.Stream, message, new PostOptions { Id = id }, cancellationToken).ConfigureAwait(false);
            _ = LookAfterAsync(id);
            lock (_gate) return _self.Keep(stored, signed);
        }
        catch
        {
            lock (_gate)
                if (!_self.Has(id)) _author.GiveUp(); // else it came back from the server: it was sent after all
            throw;
        }
    }

    /// <summary>Between the question and the post, a node may have begun a stream of its own with it. That can't be taken back, but told.</summary>
    private async Task LookAfterAsync(Guid id)
    {
        if (await _guard.IsHeldAsync(_gone.Token).ConfigureAwait(false)) _aside.Writer.TryWrite(new HeldByServer(Link.Stream, id));
    }

    /// <summary>False when nodes have nothing more to send, or this side has left.</summary>
    private async Task<bool> IsThereNextAsync(Task<bool> next)
    {
        try
        {
            return await next.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Waits for the next item, something to tell besides, or the time to look.</summary>
    private async Task WaitAsync(Task next, CancellationToken stop)
    {
        TimeSpan? wait;
        lock (_gate) wait = _self.NextIn;
        if (next.IsCompleted || wait <= TimeSpan.Zero) return;
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task[] any = [next, _aside.Reader.WaitToReadAsync(awake.Token).AsTask(), Task.Delay(wait ?? Timeout.InfiniteTimeSpan, _time, awake.Token)];
        await Task.WhenAny(any).ConfigureAwait(false);
        await awake.CancelAsync().ConfigureAwait(false);
    }

    private IReadOnlyList<StreamItem> Look()
    {
        lock (_gate) return _self.Look();
    }

    private async Task<IReadOnlyList<StreamItem>> TakeAsync(StreamItem item, CancellationToken cancellationToken)
    {
        switch (item)
        {
            case Opened opened:
                var items = new List<StreamItem> { opened };
                bool isForgotten;
                lock (_gate) isForgotten = _self.Open(opened, items);
                // Only of a stream in use is anybody told who leaves.
                if (isForgotten) await TraceGuard.TryAsync(_guard.MakeSureAsync, cancellationToken).ConfigureAwait(false);
                return items;
            case Disconnected:
                lock (_gate) _self.Close(inGoodOrder: false);
                return [item];
            case Gap:
                Action restore;
                lock (_gate) restore = _self.Miss();
                await TraceGuard.TryAsync(
                    async stop =>
                    {
                        if (!await _guard.HoldsNothingAsync(stop).ConfigureAwait(false)) return;
                        lock (_gate) restore();
                    }, cancellationToken).ConfigureAwait(false);
                return []; // whoever is there hands over what was missed
            default:
                lock (_gate) return _self.Take(item);
        }
    }
}
