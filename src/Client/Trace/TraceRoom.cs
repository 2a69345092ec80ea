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
/// for 20 seconds has left. While the caller works on an item, nobody's time runs out. Safe for use by several threads; one of them listens.
/// </remarks>
[UnsupportedOSPlatform("browser")]
public sealed partial class TraceRoom : IAsyncDisposable
{
    private static readonly TimeSpan LongestBackoff = TraceMembers.Grace * 0.4; // one of two attempts has to come in time
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(17); // nodes send something every 15 s; others wait for 20

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
    private readonly CancellationTokenSource _leaving = new(); // never disposed, as the next: whoever listens or posts still looks at it
    private readonly CancellationTokenSource _gone = new();
    private TaskCompletionSource _handedOver = new(TaskCreationOptions.RunContinuationsAsynchronously); // replaced when it is fetched again
    private int _listeners;
    private volatile bool _isListening;
    private volatile bool _hasUnread; // when listening ended
    private volatile Task<ReadItem?>? _next; // what the node sends next
    private bool _hasLeft;

    internal TraceRoom(MaltenClient client, TraceLink link, string name, TimeProvider time)
    {
        var format = new Enc2(link.Keys);
        (_client, Link, _time) = (client, link, time);
        (_author, _frames) = (new Enc2Author(format, name), new TraceFrames(link.Keys));
        _voice = new TraceVoice(client, link.Keys, _frames, time);
        _self = new TraceParticipant(link.Keys, format, _author, _frames, _voice, time);
        _guard = new TraceGuard(client, link.Stream, _self, _gate, () => IsBehind, LongestBackoff, LongestSilence);
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
        var items = _client.ListenAsync(Link.Stream, LongestBackoff, LongestSilence, stop.Token).GetAsyncEnumerator(stop.Token);
        var speaking = _voice.RunAsync(stop.Token);
        var asking = new List<Task>();
        var next = _next = ReadAsync(items);
        var awake = _time.GetTimestamp();
        _isListening = true;
        try
        {
            while (true)
            {
                Rest(_time.GetElapsedTime(awake)); // while the caller worked
                await WaitAsync(next, stop.Token).ConfigureAwait(false);
                awake = _time.GetTimestamp();
                if (_gone.IsCancellationRequested) yield break;
                cancellationToken.ThrowIfCancellationRequested();
                while (_aside.Reader.TryRead(out var aside)) yield return aside;
                foreach (var told in Look()) yield return told;
                if (!next.IsCompleted) continue;
                if (await next.ConfigureAwait(false) is not { } read) yield break;
                var news = Take(read, asking, stop.Token);
                next = _next = ReadAsync(items); // meanwhile: so it is known at once when the connection is lost
                foreach (var told in news) yield return told;
            }
        }
        finally
        {
            (_hasUnread, _isListening) = (IsUnread(next), false);
            lock (_gate) _self.Close(inGoodOrder: true);
            await stop.CancelAsync().ConfigureAwait(false);
            await next.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
            await items.DisposeAsync().ConfigureAwait(false);
            await Task.WhenAll([speaking, .. asking]).ConfigureAwait(false);
        }
    }

    /// <summary>Says farewell, so that what this room posted vanishes at once, and ends listening. Nothing happens where it has done so before.</summary>
    /// <remarks>What is still being posted is given up.</remarks>
    /// <exception cref="MaltenException">No node has answered: then it vanishes 20 seconds after listening has ended.</exception>
    public async Task LeaveAsync(CancellationToken cancellationToken = default)
    {
        bool isFirst;
        lock (_gate) (isFirst, _hasLeft) = (!_hasLeft, true);
        try
        {
            await _leaving.CancelAsync().ConfigureAwait(false);
            await _posting.WaitAsync(cancellationToken).ConfigureAwait(false); // nothing may follow a farewell
            try
            {
                if (isFirst) await SayFarewellAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _posting.Release();
            }
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
        lock (_gate) _hasLeft = true;
        await _leaving.CancelAsync().ConfigureAwait(false);
        await _gone.CancelAsync().ConfigureAwait(false);
        lock (_gate)
        {
            _self.Forget(); // whoever still listens or posts signs nothing from now on
            _author.Dispose();
        }
    }

    /// <summary>
    /// Waits until all that those who are there hand over to whoever comes has been taken, as far as is known: they have had time to say
    /// what they have, and it has come, or they did not hand it over.
    /// </summary>
    internal Task HandedOverAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return _handedOver.Task.WaitAsync(cancellationToken);
    }

    /// <summary>All items so far have been taken, which took so long.</summary>
    private void Rest(TimeSpan time)
    {
        lock (_gate)
        {
            _self.Rest(time);
            if (!_self.IsFetching) _handedOver.TrySetResult();
            else if (_handedOver.Task.IsCompleted) _handedOver = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Waits for the next item, something to tell besides, or the time to look.</summary>
    private async Task WaitAsync(Task next, CancellationToken stop)
    {
        TimeSpan? wait;
        lock (_gate) wait = _self.NextIn;
        if (next.IsCompleted || wait <= TimeSpan.Zero) return;
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // A part of a millisecond is cut off, and what is left of it would be waited for without rest.
        var whole = wait is { } due ? TimeSpan.FromMilliseconds(Math.Ceiling(due.TotalMilliseconds)) : Timeout.InfiniteTimeSpan;
        Task[] any = [next, _aside.Reader.WaitToReadAsync(awake.Token).AsTask(), Task.Delay(whole, _time, awake.Token)];
        await Task.WhenAny(any).ConfigureAwait(false);
        await awake.CancelAsync().ConfigureAwait(false);
    }

    private IReadOnlyList<StreamItem> Look()
    {
        lock (_gate) return _self.Look();
    }

    /// <summary>What the caller is told of an item. What a node has to be asked then is asked in the background.</summary>
    private IReadOnlyList<StreamItem> Take(ReadItem read, List<Task> asking, CancellationToken stop)
    {
        asking.RemoveAll(static one => one.IsCompleted);
        lock (_gate)
        {
            switch (read.Item)
            {
                case Opened opened:
                    var items = new List<StreamItem> { opened };
                    // Only of a stream in use is anybody told who leaves.
                    if (_self.Open(opened, read.At, items)) asking.Add(TraceGuard.TryAsync(_guard.MakeSureAsync, stop));
                    return items;
                case Disconnected:
                    _self.Close(inGoodOrder: false);
                    return [read.Item];
                case Gap:
                    asking.Add(TraceGuard.TryAsync(stop => RestoreAsync(_self.Miss(), stop), stop));
                    return []; // whoever is there hands over what was missed
                default:
                    return _self.Take(read.Item);
            }
        }
    }

    private async Task RestoreAsync(Action restore, CancellationToken cancellationToken)
    {
        if (!await _guard.HoldsNothingAsync(cancellationToken).ConfigureAwait(false)) return;
        lock (_gate) restore();
    }

    /// <summary>The next item; null when nodes have nothing more to send, or this side has left.</summary>
    private async Task<ReadItem?> ReadAsync(IAsyncEnumerator<StreamItem> items)
    {
        try
        {
            return await items.MoveNextAsync().ConfigureAwait(false) ? new ReadItem(items.Current, _time.GetUtcNow()) : null;
        }
        catch (OperationCanceledException) when (_gone.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <param name="At">When it was read, which may be long before it is taken.</param>
    private sealed record ReadItem(StreamItem Item, DateTimeOffset At);
}
