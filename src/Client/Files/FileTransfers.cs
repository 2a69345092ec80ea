using System.Collections.Concurrent;
using System.Runtime.Versioning;
using System.Text;
using System.Threading.Channels;

namespace Malten.Client;

/// <summary>
/// Files between the two sides of a pipe, in both directions: made by <see cref="EncryptedPipe.TransferFiles"/>. A page at the other end takes and offers
/// files, too. Safe for use by several threads.
/// </summary>
[UnsupportedOSPlatform("browser")]
public sealed class FileTransfers : IAsyncDisposable
{
    /// <summary>How many files of one side may be neither transferred nor given up, and how many may be offered together.</summary>
    public const int MostOpen = 1024;

    private readonly ConcurrentDictionary<uint, FileTransfer> _files = new();
    private readonly Channel<FileOffer> _offers = Channel.CreateUnbounded<FileOffer>();
    private readonly FrameQueue _queue = new();
    private readonly SemaphoreSlim _turn = new(1, 1); // one file after another
    private readonly CancellationTokenSource _stop = new(); // never disposed: what still runs looks at it
    private readonly Lock _gate = new();
    private readonly uint _others; // the lowest bit of the other side's numbers
    private readonly Task _sending;
    private readonly Task _receiving;
    private uint _next;
    private long _last = -1; // the newest of the other side's numbers
    private int _together; // of the other side's, since the last one that was its offer's last
    private bool _isComplete; // this side's word
    private int _isOver;
    private Exception? _why; // it is over

    /// <param name="send">Sends all that a stream has, in order.</param>
    /// <param name="receive">Receives what the other side sends, in order.</param>
    internal FileTransfers(bool isInviter, Func<Stream, CancellationToken, Task> send, Func<Stream, CancellationToken, Task> receive)
    {
        (_next, _others) = isInviter ? (0u, 1u) : (1u, 0u);
        var reader = new FrameReader(TakeAsync);
        _sending = RunAsync(() => send(_queue, _stop.Token), endsAll: false);
        _receiving = RunAsync(() => receive(reader, _stop.Token), endsAll: true);
    }

    /// <summary>Offers files together. Each is sent when the other side has accepted it, one after another.</summary>
    /// <param name="files">1–1024 of them.</param>
    /// <exception cref="ArgumentException">There is none, or a name or type is longer than it may be.</exception>
    /// <exception cref="InvalidOperationException">More than <see cref="MostOpen"/> would be open, or <see cref="CompleteAsync"/> was called.</exception>
    /// <returns>One for each of them, in their order.</returns>
    public IReadOnlyList<SentFile> Offer(params IReadOnlyList<FileToSend> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (files.Count == 0) throw new ArgumentException("Name a file.", nameof(files));
        foreach (var file in files) Check(file.Description);
        lock (_gate)
        {
            if (_isComplete) throw new InvalidOperationException("This side has said that it has no more to say.");
            if (_files.Values.Count(file => file is SentFile) + files.Count > MostOpen) throw new InvalidOperationException("Too many files at once.");
            var sent = new List<SentFile>(files.Count);
            foreach (var file in files)
            {
                var one = new SentFile(_next, file, _queue, _turn, Forget);
                _next += 2;
                sent.Add(one);
                _files[one.Number] = one;
                _queue.Say(FileFrame.Offer(one.Number, file.Description, isLast: sent.Count == files.Count));
            }

            if (Volatile.Read(ref _isOver) != 0) Lose();
            return sent;
        }
    }

    /// <summary>What the other side offers, until it offers no more: it has said so, or the pipe is over.</summary>
    /// <exception cref="InvalidDataException">The other side does not keep to the protocol, or its bytes were changed on their way.</exception>
    /// <exception cref="TimeoutException">The other side has not been heard for 5 minutes.</exception>
    /// <exception cref="TransferStoppedException">The other side can't go on, and has said so.</exception>
    public IAsyncEnumerable<FileOffer> ListenAsync(CancellationToken cancellationToken = default) => _offers.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Says that this side has no more to say, and ends when the other one has heard all of it. Call it before the pipe is left.</summary>
    /// <exception cref="FileTransferException">The pipe is over.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate) _isComplete = true;
        _queue.Complete();
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_sending.IsCompletedSuccessfully && Volatile.Read(ref _isOver) == 2) throw new FileTransferException(FileFault.Lost, _why);
    }

    /// <summary>
    /// Gives up all that is not finished, and tells the other side, whose transfers end then, too: within 5 seconds, or not at all. After
    /// <see cref="CompleteAsync"/> it knows.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _queue.Complete();
        await Task.WhenAll(_sending, _receiving).ConfigureAwait(false);
    }

    private static void Check(FileDescription file)
    {
        if (string.IsNullOrEmpty(file.Name) || file.Name.Length > FileFrame.LongestName) throw new ArgumentException("A file's name has 1 to 255 characters.");
        if (file.Type.Length > FileFrame.LongestType || !Ascii.IsValid(file.Type))
            throw new ArgumentException("A media type has up to 127 characters of ASCII.");
        if (file.Size is < 0 or > FileFrame.LargestSize) throw new ArgumentException("No file has that size.");
    }

    private async Task RunAsync(Func<Task> run, bool endsAll)
    {
        await Task.Yield(); // whatever it throws at once belongs to it, too
        try
        {
            await run().ConfigureAwait(false);
            if (endsAll) End(1, null);
        }
        catch (Exception over) when (
            over is MaltenException or InvalidDataException or OperationCanceledException or TimeoutException or InvalidOperationException or IOException)
        {
            End(2, over);
            await _stop.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Nothing more will come.</summary>
    /// <param name="how">1 after the other side's last word, 2 where there was none.</param>
    /// <param name="why">What ended it; null for that word.</param>
    private void End(int how, Exception? why)
    {
        Interlocked.CompareExchange(ref _why, why, null);
        Interlocked.CompareExchange(ref _isOver, how, 0);
        _offers.Writer.TryComplete(why is InvalidDataException or TimeoutException or IOException ? why : null);
        Lose();
    }

    private void Lose()
    {
        foreach (var file in _files.Values) file.Fail(FileFault.Lost, _why);
    }

    private void Forget(FileTransfer file) => _files.TryRemove(file.Number, out _);

    private ValueTask TakeAsync(FileFrame frame, CancellationToken cancellationToken)
    {
        if (frame.Type == FileFrameType.Offer) Take(frame);
        else if (_files.TryGetValue(frame.File, out var file)) return file.TakeAsync(frame, cancellationToken);
        return ValueTask.CompletedTask; // of one that is over: it was on its way
    }

    /// <exception cref="InvalidDataException">Its number is not the other side's next, or there are too many.</exception>
    private void Take(FileFrame frame)
    {
        var (description, isLast) = frame.ReadOffer();
        if ((frame.File & 1) != _others || frame.File <= _last) throw new InvalidDataException("The other side counts its files wrong.");
        _together = isLast ? 0 : _together + 1; // given up or not: whoever waits for the last one keeps them all
        if (_files.Values.Count(file => file is FileOffer) >= MostOpen || _offers.Reader.Count >= MostOpen || _together >= MostOpen)
            throw new InvalidDataException("The other side offers too many files.");
        _last = frame.File;
        var offer = new FileOffer(frame.File, description, isLast, _queue, Forget);
        _files[offer.Number] = offer;
        _offers.Writer.TryWrite(offer);
    }
}
