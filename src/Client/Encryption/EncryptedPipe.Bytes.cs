using System.Collections.Concurrent;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <content>Streams of bytes, of any length, in both directions at once.</content>
public sealed partial class EncryptedPipe
{
    private const int NotesInLifetime = 3; // one may come late
    private static readonly TimeSpan LongestBetweenNotes = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestLastWord = TimeSpan.FromSeconds(5); // whoever is stopped waits for it

    private readonly ByteLink _bytes;
    private readonly TimeProvider _time;
    private long _heard; // when a message of the other side came last
    private long _alone; // since when the server says that nobody else listens; 0 while somebody does
    private long _betweenNotes = LongestBetweenNotes.Ticks;
    private readonly ConcurrentDictionary<(bool Sends, int Channel), IByteEnd> _ends = new();
    private readonly Dictionary<(bool Sends, int Channel), Task> _runs = []; // guarded by itself
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _stops = new(); // by channel: done once the other side can't go on
    private readonly ConcurrentDictionary<(bool Sends, int Channel), ByteWord> _early = new(); // said before this side was there

    /// <summary>
    /// Sends all that a stream has, encrypted, to the other side's <see cref="ReceiveBytesAsync"/>; ends when it has everything. A
    /// connection that is lost is made again, and what did not arrive is sent again: up to 16 MiB are kept for that.
    /// </summary>
    /// <remarks>
    /// The pipe has to be open, and to be listened to meanwhile. While both sides are there, a note every minute keeps it alive, or three in
    /// its lifetime if that is shorter. Each channel of a pipe carries one stream in each direction, once. When one fails or is cancelled while
    /// the other direction has ended or not begun, the other side is told, and the channel is over in both directions: begin both before
    /// one of them can fail.
    /// </remarks>
    /// <param name="source">The bytes, to their end.</param>
    /// <param name="channel">0–15.</param>
    /// <param name="progress">Is told how many bytes were taken from the source.</param>
    /// <returns>How many bytes that were.</returns>
    /// <exception cref="InvalidOperationException">The pipe is not open, or the channel is in use.</exception>
    /// <exception cref="TimeoutException">The other side had begun, or listens no more, and has not been heard for 5 minutes.</exception>
    /// <exception cref="TransferStoppedException">The other side can't go on, and has said so.</exception>
    /// <exception cref="OperationCanceledException">The pipe is over before the other side has everything, or it was cancelled.</exception>
    /// <exception cref="MaltenException">A node refused for good.</exception>
    public Task<long> SendBytesAsync(Stream source, int channel = 0, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return SendAsync(source, NewCipher(IsInviter, channel), channel, progress, cancellationToken);
    }

    /// <summary>Receives what the other side's <see cref="SendBytesAsync"/> sends, decrypted and checked. What ends early is never taken for the end.</summary>
    /// <remarks>As for <see cref="SendBytesAsync"/>.</remarks>
    /// <param name="destination">Where the bytes go.</param>
    /// <param name="channel">0–15.</param>
    /// <param name="progress">Is told how many bytes have come.</param>
    /// <returns>How many bytes that were.</returns>
    /// <exception cref="InvalidDataException">The bytes were changed on their way. What was written before is genuine.</exception>
    /// <exception cref="InvalidOperationException">The pipe is not open, or the channel is in use.</exception>
    /// <exception cref="TimeoutException">The other side had begun, or listens no more, and has not been heard for 5 minutes.</exception>
    /// <exception cref="TransferStoppedException">The other side can't go on, and has said so.</exception>
    /// <exception cref="OperationCanceledException">The pipe is over before everything has come, or it was cancelled.</exception>
    /// <exception cref="MaltenException">A node refused for good.</exception>
    public Task<long> ReceiveBytesAsync(Stream destination, int channel = 0, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return ReceiveAsync(destination, NewCipher(!IsInviter, channel), channel, progress, cancellationToken);
    }

    private Task<long> SendAsync(Stream source, ByteCipher cipher, int channel, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var sender = new ByteSender(_bytes, cipher, channel, source, progress, _time);
        return RunAsync((true, channel), sender, cipher, sender.RunAsync, cancellationToken);
    }

    private Task<long> ReceiveAsync(Stream destination, ByteCipher cipher, int channel, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var receiver = new ByteReceiver(_bytes, cipher, channel, destination, progress, _time);
        return RunAsync((false, channel), receiver, cipher, receiver.RunAsync, cancellationToken);
    }

    private ByteCipher NewCipher(bool isInviters, int channel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, ByteKeys.Channels);
        lock (_gate) return _session.NewCipher(isInviters, channel);
    }

    /// <summary>Keeps a quiet pipe alive while the other side is there, and fails when it is not there any more.</summary>
    /// <exception cref="TimeoutException">The other end had begun, or is gone, and has not been heard for too long.</exception>
    private async Task WatchAsync(IByteEnd end, CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        while (true)
        {
            await Task.Delay(TimeSpan.FromTicks(Volatile.Read(ref _betweenNotes)), _time, cancellationToken).ConfigureAwait(false);
            if (_time.GetElapsedTime(Math.Max(begun, Volatile.Read(ref _heard))) < LongestSilence) SendNote();
            else if (end.HasBegun || IsAlone) throw new TimeoutException("Not everything was transferred: the other side has not been heard for 5 minutes.");
        }
    }

    /// <summary>Whether the other side has not listened for so long that it will not come back.</summary>
    private bool IsAlone => Volatile.Read(ref _alone) is not 0 and var since && _time.GetElapsedTime(since) >= LongestSilence;

    /// <summary>Notes what the server says about the pipe and who listens to it.</summary>
    private void Note(StreamItem item)
    {
        if (item is PresenceChanged changed)
        {
            if (changed.Presence.Observers > 1) Volatile.Write(ref _alone, 0);
            else Interlocked.CompareExchange(ref _alone, Math.Max(1, _time.GetTimestamp()), 0);
        }

        if (item is Opened) Volatile.Write(ref _alone, 0); // who listens is told anew
        if (item is not Opened { Lives: [{ Ttl: var life }] }) return;
        var between = life / NotesInLifetime;
        Volatile.Write(ref _betweenNotes, (between < LongestBetweenNotes ? between : LongestBetweenNotes).Ticks);
    }

    private async Task<long> RunAsync(
        (bool Sends, int Channel) place, IByteEnd end, ByteCipher cipher, Func<CancellationToken, Task<long>> run, CancellationToken cancellationToken)
    {
        _ends[place] = end; // the only one: its keys can't be taken again
        if (_early.TryRemove(place, out var word)) end.Hear(word);
        using (cipher)
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _gone.Token))
        {
            var (running, watching, stop) = (run(either.Token), WatchAsync(end, either.Token), StopOf(place.Channel).Task);
            lock (_runs) _runs[place] = running;
            await Task.WhenAny(running, watching, stop).ConfigureAwait(false);
            await either.CancelAsync().ConfigureAwait(false);
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stop.IsCompleted && IsStopped(place.Channel)) await SayStopAsync(place.Channel).ConfigureAwait(false);
            if (watching.IsFaulted && running.IsCanceled) await watching.ConfigureAwait(false);
            if (stop.IsCompleted && running.IsCanceled && !cancellationToken.IsCancellationRequested)
                throw new TransferStoppedException();
            return await running.ConfigureAwait(false);
        }
    }

    /// <summary>Whether nothing of a channel goes on here, and not for having come to its end: the other side would wait for more.</summary>
    private bool IsStopped(int channel)
    {
        lock (_runs)
        {
            var (sending, receiving) = (_runs.GetValueOrDefault((true, channel)), _runs.GetValueOrDefault((false, channel)));
            if (sending is { IsCompleted: false } || receiving is { IsCompleted: false }) return false;
            var isAllSaid = channel == ByteKeys.FileChannel && sending is { IsCompletedSuccessfully: true } && receiving is { IsCanceled: true };
            if (isAllSaid) return false;
            _runs.Remove((true, channel)); // it is said once
            _runs.Remove((false, channel));
            return sending is { IsCompletedSuccessfully: false } || receiving is { IsCompletedSuccessfully: false };
        }
    }

    /// <summary>Tells the other side that this one can't go on, if that can be done at once.</summary>
    private async Task SayStopAsync(int channel)
    {
        using var patience = new CancellationTokenSource(LongestLastWord, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _gone.Token);
        try
        {
            Guid id;
            string message;
            lock (_gate)
            {
                if (!_session.IsOpen || _session.IsOver) return;
                (id, message) = _session.Seal(new ByteWord(ByteWordKind.Stop, channel, 0));
            }

            await PostAsync(id, message, either.Token).ConfigureAwait(false);
        }
        catch (Exception unsaid) when (unsaid is MaltenException or OperationCanceledException or ObjectDisposedException)
        {
            // the other side gives up by itself, after a while
        }
    }

    private TaskCompletionSource StopOf(int channel) =>
        _stops.GetOrAdd(channel, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Words about what is received are for whoever sends, and the other way round.</summary>
    private void Hear(ByteWord word)
    {
        if (word.Kind == ByteWordKind.Stop)
        {
            StopOf(word.Channel).TrySetResult();
            return;
        }

        var place = (Sends: word.Kind != ByteWordKind.Again, word.Channel);
        if (_ends.TryGetValue(place, out var end)) end.Hear(word);
        else _early[place] = word;
        if (!_ends.TryGetValue(place, out end) || !_early.TryRemove(place, out var early)) return;
        end.Hear(early); // it came while the word was put aside
    }

    /// <summary>Posts a word until a node has it.</summary>
    private async Task SayAsync(ByteWord word, CancellationToken cancellationToken)
    {
        Guid id;
        string message;
        lock (_gate)
        {
            if (_session.IsOver) throw new OperationCanceledException("The pipe is over.");
            (id, message) = _session.Seal(word);
        }

        await PostUntilTakenAsync(id, message, cancellationToken).ConfigureAwait(false);
    }
}
