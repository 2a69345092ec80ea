using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Malten.Client;

/// <summary>
/// A file that the other side offers. Nothing of it comes before it is accepted: <see cref="SaveAsync"/> puts it into a folder,
/// <see cref="AcceptAsync(Stream, CancellationToken)"/> anywhere, <see cref="Decline"/> refuses it.
/// </summary>
[UnsupportedOSPlatform("browser")]
public sealed class FileOffer : FileTransfer
{
    private const long ReceiptEvery = 1 << 18; // bytes

    private IncrementalHash? _hash;
    private Stream? _destination;
    private Func<CancellationToken, ValueTask> _finish = _ => ValueTask.CompletedTask;
    private long _offset; // from before
    private long _told;
    private bool _hasBegun;
    private int _isAnswered;

    internal FileOffer(uint number, FileDescription description, bool isLast, FrameQueue queue, Action<FileTransfer> forget)
        : base(number, description, queue, forget) => (IsLast, SafeName) = (isLast, SafeFileName.Of(description.Name));

    /// <summary>Whether no other file was offered together with it after it.</summary>
    public bool IsLast { get; }

    /// <summary>Its name as a file of a disk may have it: no path, no device, nothing hidden; see <see cref="SafeFileName"/>.</summary>
    public string SafeName { get; }

    /// <summary>Accepts it, and writes it to a stream. It ends when the whole file is there and its SHA-256 is right.</summary>
    /// <exception cref="FileTransferException">It was not transferred; what was written is not the file.</exception>
    /// <exception cref="InvalidOperationException">It has been accepted or declined before.</exception>
    public Task AcceptAsync(Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        Answer();
        return ReceiveAsync(destination, 0, IncrementalHash.CreateHash(HashAlgorithmName.SHA256), _ => ValueTask.CompletedTask, cancellationToken);
    }

    /// <summary>
    /// Accepts it, and writes it to a folder. Until all of it is there and its SHA-256 is right, its name ends in <c>.malten-part</c>. What an
    /// earlier transfer of a file with the same name, type and size has left there is not sent again, if it is the beginning of this one.
    /// </summary>
    /// <param name="folder">An existing folder; nothing is written anywhere else.</param>
    /// <param name="overwrite">Whether it may take the place of a file that has its name.</param>
    /// <returns>Its path: <see cref="SafeName"/> in the folder.</returns>
    /// <exception cref="FileTransferException">It was not transferred. What has come is kept for another time, unless its sum was wrong.</exception>
    /// <exception cref="IOException">There is such a file, or the folder can't be written to. The file is declined.</exception>
    /// <exception cref="InvalidOperationException">It has been accepted or declined before.</exception>
    public async Task<string> SaveAsync(string folder, bool overwrite = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Answer();
        PartialFile part;
        try
        {
            part = await PartialFile.OpenAsync(folder, SafeName, Description, overwrite, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Stop();
            throw;
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            Stop(FileFault.Unwritten, unwritable);
            throw unwritable as IOException ?? new IOException(unwritable.Message, unwritable);
        }

        await using var closing = part.ConfigureAwait(false);
        try
        {
            await ReceiveAsync(part.Stream, part.Length, part.TakeHash(), part.FinishAsync, cancellationToken).ConfigureAwait(false);
            return part.Path;
        }
        catch (FileTransferException failed) when (failed.Fault == FileFault.Mismatch || (failed.Fault == FileFault.Changed && Transferred > Resumed))
        {
            part.Discard(); // some of it came from somebody who is not to be believed
            throw;
        }
    }

    /// <summary>Refuses it.</summary>
    /// <exception cref="InvalidOperationException">It has been accepted or declined before.</exception>
    public void Decline()
    {
        Answer();
        Stop(FileFault.Declined);
    }

    internal override async ValueTask TakeAsync(FileFrame frame, CancellationToken cancellationToken)
    {
        if (TakeCommon(frame) || Volatile.Read(ref _destination) is not { } destination) return;
        try
        {
            switch (frame.Type)
            {
                case FileFrameType.Begin when !_hasBegun:
                    await BeginAsync(destination, frame.ReadOffset()).ConfigureAwait(false);
                    break;
                case FileFrameType.Data:
                    await WriteAsync(destination, frame.Content, cancellationToken).ConfigureAwait(false);
                    break;
                case FileFrameType.End:
                    await EndAsync(destination, frame.ReadDigest(), cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
        catch (Exception unwritten) when (unwritten is not (InvalidDataException or OperationCanceledException))
        {
            Stop(FileFault.Unwritten, unwritten);
        }
    }

    private async Task ReceiveAsync(
        Stream destination, long offset, IncrementalHash hash, Func<CancellationToken, ValueTask> finish, CancellationToken cancellationToken)
    {
        (_hash, _offset, _finish) = (hash, offset, finish);
        Begin(offset);
        Volatile.Write(ref _destination, destination);
        Queue.Say(FileFrame.Accept(Number, offset, hash.GetCurrentHash()));
        using var stopping = cancellationToken.Register(Stop);
        try
        {
            await Completion.ConfigureAwait(false);
        }
        catch (FileTransferException stopped) when (stopped.Fault == FileFault.Stopped && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _destination, null);
        }
    }

    private void Answer()
    {
        if (Interlocked.Exchange(ref _isAnswered, 1) != 0) throw new InvalidOperationException("This file has been accepted or declined.");
    }

    private ValueTask BeginAsync(Stream destination, long offset)
    {
        if (offset != 0 && offset != _offset)
        {
            Stop(FileFault.Changed);
            return ValueTask.CompletedTask;
        }

        _hasBegun = true;
        _told = offset;
        if (offset == _offset) return ValueTask.CompletedTask;
        destination.SetLength(0); // what was here is not the beginning of this file
        _hash!.GetHashAndReset();
        Begin(0);
        return ValueTask.CompletedTask;
    }

    private async ValueTask WriteAsync(Stream destination, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (IsOver) return;
        if (!_hasBegun || Transferred + content.Length > Description.Size)
        {
            Stop(FileFault.Changed);
            return;
        }

        await destination.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        _hash!.AppendData(content.Span);
        Report(Transferred + content.Length);
        if (Transferred - _told < ReceiptEvery) return;
        _told = Transferred;
        Queue.Say(FileFrame.At(FileFrameType.Have, Number, _told));
    }

    private async ValueTask EndAsync(Stream destination, byte[] digest, CancellationToken cancellationToken)
    {
        if (IsOver) return;
        if (!_hasBegun || Transferred != Description.Size)
        {
            Stop(FileFault.Changed);
            return;
        }

        var own = _hash!.GetHashAndReset();
        if (!own.AsSpan().SequenceEqual(digest))
        {
            Stop(FileFault.Mismatch);
            return;
        }

        await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
        await _finish(cancellationToken).ConfigureAwait(false);
        Sha256 = Convert.ToHexStringLower(own);
        Queue.Say(new FileFrame(FileFrameType.Done, Number, default));
        Complete();
    }
}
