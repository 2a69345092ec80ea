using System.Runtime.Versioning;

namespace Malten.Client;

/// <summary>A file on its way over a pipe, in either direction: <see cref="SentFile"/> or <see cref="FileOffer"/>. Safe for use by several threads.</summary>
[UnsupportedOSPlatform("browser")]
public abstract class FileTransfer
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<FileTransfer> _forget;
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSource();
    private long _transferred;
    private long _resumed;
    private bool _isPaused;
    private bool _isPausedByOther;

    private protected FileTransfer(uint number, FileDescription description, FrameQueue queue, Action<FileTransfer> forget)
    {
        (Number, Description, Queue, _forget) = (number, description, queue, forget);
        _ = _ended.Task.ContinueWith(static task => task.Exception, TaskContinuationOptions.OnlyOnFaulted); // nobody has to look at it
    }

    /// <summary>What its sender says of it.</summary>
    public FileDescription Description { get; }

    /// <summary>Bytes that the receiver has written, those from an earlier transfer included.</summary>
    public long Transferred => Interlocked.Read(ref _transferred);

    /// <summary>How many of these are from an earlier transfer.</summary>
    public long Resumed => Interlocked.Read(ref _resumed);

    /// <summary>Whether this side has paused it, and it is not over.</summary>
    public bool IsPaused
    {
        get { lock (_gate) return _isPaused && !IsOver; }
    }

    /// <summary>Whether the other side has paused it, and it is not over.</summary>
    public bool IsPausedByOther
    {
        get { lock (_gate) return _isPausedByOther && !IsOver; }
    }

    /// <summary>
    /// Ends when the receiver has the whole file and its SHA-256 is the sender's; fails with a <see cref="FileTransferException"/> when that will not be.
    /// </summary>
    public Task Completion => _ended.Task;

    /// <summary>Its SHA-256 in lower-case hexadecimal digits, once all of it was read or has come; null before.</summary>
    public string? Sha256 { get; private protected set; }

    internal uint Number { get; }

    private protected FrameQueue Queue { get; }

    private protected bool IsOver => _ended.Task.IsCompleted;

    /// <summary>Lets it rest: no more is sent until <see cref="Resume"/>, nor while the other side pauses it.</summary>
    public void Pause() => Pause(true);

    /// <summary>Ends the pause of this side.</summary>
    public void Resume() => Pause(false);

    /// <summary>Ends it and tells the other side. Nothing happens where it is over.</summary>
    public void Stop() => Stop(FileFault.Stopped);

    internal abstract ValueTask TakeAsync(FileFrame frame, CancellationToken cancellationToken);

    /// <summary>Ends it without a word: the other side knows, or can't be told.</summary>
    internal void Fail(FileFault fault, Exception? inner = null)
    {
        if (!_ended.TrySetException(new FileTransferException(fault, inner))) return;
        _forget(this);
        Change();
    }

    private protected void Stop(FileFault reason, Exception? inner = null)
    {
        if (IsOver) return;
        Queue.Say(FileFrame.Stop(Number, reason));
        Fail(reason, inner);
    }

    private protected void Complete()
    {
        if (!_ended.TrySetResult()) return;
        _forget(this);
        Change();
    }

    /// <summary>Takes what both directions have in common; false when it was something else.</summary>
    private protected bool TakeCommon(FileFrame frame)
    {
        switch (frame.Type)
        {
            case FileFrameType.Stop:
                Fail(frame.ReadReason());
                return true;
            case FileFrameType.Pause or FileFrameType.GoOn:
                lock (_gate) _isPausedByOther = frame.Type == FileFrameType.Pause;
                Change();
                return true;
            default:
                return false;
        }
    }

    private protected void Begin(long offset)
    {
        Interlocked.Exchange(ref _resumed, offset);
        Report(offset);
    }

    private protected void Report(long transferred)
    {
        Interlocked.Exchange(ref _transferred, transferred);
        Change();
    }

    /// <summary>Waits until something is so, or the transfer is over.</summary>
    private protected async Task UntilAsync(Func<bool> isSo, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (isSo() || IsOver) return;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Pause(bool isPaused)
    {
        lock (_gate)
        {
            if (_isPaused == isPaused || IsOver) return;
            _isPaused = isPaused;
        }

        Queue.Say(new FileFrame(isPaused ? FileFrameType.Pause : FileFrameType.GoOn, Number, default));
        Change();
    }

    private void Change() => Interlocked.Exchange(ref _changed, NewSource()).TrySetResult();

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
