using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace Malten.Client;

/// <summary>A file that this side offers, and sends once the other one has accepted it.</summary>
[UnsupportedOSPlatform("browser")]
public sealed class SentFile : FileTransfer
{
    private const long Window = 4 << 20; // bytes that the receiver has not written yet: what is said meanwhile waits behind them

    private readonly FileToSend _file;
    private readonly SemaphoreSlim _turn;
    private long _sent;
    private int _isAccepted;

    internal SentFile(uint number, FileToSend file, FrameQueue queue, SemaphoreSlim turn, Action<FileTransfer> forget)
        : base(number, file.Description, queue, forget) => (_file, _turn) = (file, turn);

    /// <summary>Whether the other side wants it.</summary>
    public bool IsAccepted => Volatile.Read(ref _isAccepted) != 0;

    private bool IsResting => IsPaused || IsPausedByOther;

    internal override ValueTask TakeAsync(FileFrame frame, CancellationToken cancellationToken)
    {
        switch (frame.Type)
        {
            case FileFrameType.Accept when Interlocked.Exchange(ref _isAccepted, 1) == 0:
                var (offset, digest) = frame.ReadAccept();
                _ = RunAsync(offset, digest);
                break;
            case FileFrameType.Have when frame.ReadOffset() is var have && have >= Transferred && have <= Interlocked.Read(ref _sent):
                Report(have);
                break;
            case FileFrameType.Done when Sha256 is not null:
                Report(Description.Size);
                Complete();
                break;
            default:
                TakeCommon(frame);
                break;
        }

        return ValueTask.CompletedTask;
    }

    private async Task RunAsync(long offset, byte[] digest)
    {
        var stop = new CancellationTokenSource(); // never disposed: whoever reads the file may still look at it
        _ = Completion.ContinueWith(_ => stop.Cancel(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await _turn.WaitAsync(stop.Token).ConfigureAwait(false);
            try
            {
                await SendAsync(offset, digest, stop.Token).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception over) when (over is OperationCanceledException or ChannelClosedException)
        {
            Fail(FileFault.Lost); // unless it is over for another reason
        }
        catch (Exception unread)
        {
            Stop(FileFault.Unread, unread);
        }
    }

    private async Task SendAsync(long offset, byte[] digest, CancellationToken stop)
    {
        var (file, hash) = await OpenAsync(offset, digest, stop).ConfigureAwait(false);
        await using var closing = file.ConfigureAwait(false);
        using (hash)
        {
            await Queue.SendAsync(FileFrame.At(FileFrameType.Begin, Number, _sent), stop).ConfigureAwait(false);
            Begin(_sent);
            var buffer = new byte[FileFrame.LongestContent];
            int count;
            while ((count = await file.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0)
            {
                if (_sent + count > Description.Size) break; // it has grown: the end shows it
                await RestAsync(stop).ConfigureAwait(false);
                hash.AppendData(buffer, 0, count);
                Interlocked.Add(ref _sent, count);
                await Queue.SendAsync(new FileFrame(FileFrameType.Data, Number, buffer.AsMemory(0, count)), stop).ConfigureAwait(false);
            }

            if (_sent != Description.Size || count > 0 || _file.HasChanged(file)) Stop(FileFault.Changed);
            var whole = hash.GetHashAndReset();
            Sha256 = Convert.ToHexStringLower(whole);
            await Queue.SendAsync(FileFrame.End(Number, whole), stop).ConfigureAwait(false);
        }
    }

    /// <summary>Opens the file at the place that the receiver has come to, if what is before it is the same there; else at its beginning.</summary>
    private async Task<(Stream File, IncrementalHash Hash)> OpenAsync(long offset, byte[] digest, CancellationToken stop)
    {
        var (file, hash) = (_file.Open(), IncrementalHash.CreateHash(HashAlgorithmName.SHA256));
        try
        {
            if (offset <= 0 || offset > Description.Size) return (file, hash);
            if (await BeginsWithAsync(file, hash, offset, digest, stop).ConfigureAwait(false))
            {
                _sent = offset;
                return (file, hash);
            }

            await file.DisposeAsync().ConfigureAwait(false);
            hash.GetHashAndReset();
            file = _file.Open();
            return (file, hash);
        }
        catch
        {
            hash.Dispose();
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads the beginning of a file, and says whether it has that digest.</summary>
    private static async Task<bool> BeginsWithAsync(Stream file, IncrementalHash hash, long length, byte[] digest, CancellationToken stop)
    {
        var buffer = new byte[FileFrame.LongestContent];
        var left = length;
        while (left > 0 && await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), stop).ConfigureAwait(false) is > 0 and var count)
        {
            hash.AppendData(buffer, 0, count);
            left -= count;
        }

        return left == 0 && hash.GetCurrentHash().AsSpan().SequenceEqual(digest);
    }

    /// <summary>Waits while it is paused, others in its place, or while much is on its way.</summary>
    private async Task RestAsync(CancellationToken stop)
    {
        await UntilAsync(() => IsResting || _sent - Transferred < Window, stop).ConfigureAwait(false);
        while (IsResting && !IsOver)
        {
            _turn.Release();
            try
            {
                await UntilAsync(() => !IsResting, stop).ConfigureAwait(false);
            }
            finally
            {
                await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false); // whoever runs this gives it back
            }

            await UntilAsync(() => IsResting || _sent - Transferred < Window, stop).ConfigureAwait(false);
        }

        stop.ThrowIfCancellationRequested();
    }
}
