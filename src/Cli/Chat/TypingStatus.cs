using System.Threading.Channels;
using Malten.Client;

namespace Malten.Cli.Chat;

/// <summary>
/// Tells others in the background whether somebody is writing. A node that is slow to take it holds up nobody, and the newest word
/// is the one that counts.
/// </summary>
/// <param name="setAsync">Tells it.</param>
internal sealed class TypingStatus(Func<PresenceStatus, CancellationToken, Task> setAsync, TimeProvider time)
{
    /// <summary>After so long without a key, nobody is writing any more.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromSeconds(4);

    private readonly Channel<bool> _notes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>A key was pressed.</summary>
    /// <param name="isWriting">Whether something stands in the line.</param>
    public void Note(bool isWriting) => _notes.Writer.TryWrite(isWriting);

    /// <summary>Runs until it is cancelled. While somebody goes on writing it is told again, since a connection may have been made anew.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var (told, at) = (PresenceStatus.Online, 0L);
        while (true)
        {
            var isWriting = await NextAsync(told == PresenceStatus.Typing ? Lasts : Timeout.InfiniteTimeSpan, stop);
            var status = isWriting ? PresenceStatus.Typing : PresenceStatus.Online;
            if (status == told && (!isWriting || time.GetElapsedTime(at) < Lasts)) continue;
            (told, at) = (status, time.GetTimestamp());
            await setAsync(status, stop);
        }
    }

    /// <summary>The next note; false when none has come in time.</summary>
    private async Task<bool> NextAsync(TimeSpan limit, CancellationToken stop)
    {
        using var over = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, stop);
        try
        {
            return await _notes.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }
}
