using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Bytes;

/// <summary>
/// A request that receives what the other seat sends on a channel: one body after another, as long as senders announce more.
/// It reads from a sender only once its own connection has taken what came before. Thread-safe.
/// </summary>
public sealed class ByteReceiver : IReceivingEnd, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly IByteDirectory _directory;
    private readonly Capacity _capacity;
    private readonly TimeProvider _time;
    private readonly Place _place;
    private ITimer? _renewal;
    private Offer? _offer; // accepted, and not finished
    private TaskCompletionSource<Offer> _next = NewNext();
    private bool _isOver; // accepts nothing more
    private bool _isCut;
    private bool _isWhole; // it has all that there is, and nothing can cut it off any more
    private bool _isClosed;
    private int _hasFlowed;
    private int _isRenewing;

    internal ByteReceiver(ByteChannel channel, IByteDirectory directory, Capacity capacity, TimeProvider time)
    {
        (Channel, _directory, _capacity, _time) = (channel, directory, capacity, time);
        _place = capacity.AddListener(1, channel.Client, channel.RequestBytes);
        _place.OnDismissed(CutOff);
    }

    /// <inheritdoc/>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>The channel, as the request named it.</summary>
    public ByteChannel Channel { get; }

    /// <summary>
    /// Cancelled when the receiver is cut off: its sender or the pipe has gone, another receiver has taken its place, or its
    /// client had to make room. Its connection must be closed in a way that is no end of what was sent.
    /// </summary>
    public CancellationToken Cut => _cut.Token;

    /// <summary>
    /// Passes on what senders bring until one of them ends without announcing more: true. False when the receiver was cut off,
    /// or its connection is closed.
    /// </summary>
    public async Task<bool> RunAsync(IByteSink sink, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _cut.Token);
        try
        {
            while (true)
            {
                var offer = await _next.Task.WaitAsync(either.Token);
                if (!await PassAsync(offer, sink, either.Token)) return false;
                if (!offer.More) return true;
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Accepts a body, if no other is being received.</summary>
    public OfferOutcome TryAccept(IByteSource source, bool more)
    {
        lock (_gate)
        {
            if (_isOver || _isCut) return OfferOutcome.Gone;
            if (_offer is not null) return OfferOutcome.Busy;
            if (TransferMemory.TryAdd(_capacity, _place) is not { } memory) return OfferOutcome.Full;
            _offer = new Offer(source, more, memory);
            _next.SetResult(_offer);
            return OfferOutcome.Accepted;
        }
    }

    /// <inheritdoc/>
    public ValueTask<OfferOutcome> OfferAsync(ByteSender sender, bool more) => ValueTask.FromResult(TryAccept(sender, more));

    /// <inheritdoc/>
    public void Abandon(ByteSender sender)
    {
        if (IsReading(source => source == sender)) CutOff();
    }

    /// <summary>Whether a body that was accepted, and is such a one, is not finished.</summary>
    public bool IsReading(Predicate<IByteSource> isSuch)
    {
        lock (_gate) return _offer is { } offer && isSuch(offer.Source);
    }

    /// <inheritdoc/>
    public void CutOff()
    {
        lock (_gate)
        {
            if (_isWhole) return;
            _isCut = true;
        }

        _ = _cut.CancelAsync(); // not here: whoever waits for it would go on under the caller's lock
    }

    /// <summary>Ends the registration. A body that was accepted and not read is given back to its sender.</summary>
    public async ValueTask DisposeAsync()
    {
        Offer? unread;
        lock (_gate)
        {
            if (_isClosed) return;
            (_isClosed, _isOver, unread) = (true, true, _offer);
        }

        if (unread is not null) await FinishAsync(unread, 0, isWhole: false);
        if (_renewal is not null)
        {
            await _renewal.DisposeAsync();
            await _directory.LeaveAsync(this, TakeFlowed());
        }

        _place.Dispose();
    }

    /// <summary>Registers with the pipe, and renews that for as long as this is open.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong, or the pipe can't be reached.</exception>
    internal async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        // A registration that is repeated must not displace the receiver that has taken the place of this one.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _cut.Token);
        var life = (await _directory.RegisterAsync(this, isNew: true, hasFlowed: false, either.Token)).Span;
        // Often enough that a pipe through which bytes flow outlives the shortest time to live.
        var period = life / 3 < ByteRendezvous.Renewal ? life / 3 : ByteRendezvous.Renewal;
        _renewal = _time.CreateTimer(static receiver => _ = ((ByteReceiver)receiver!).RenewAsync(), this, period, period);
    }

    private async Task<bool> PassAsync(Offer offer, IByteSink sink, CancellationToken cancellationToken)
    {
        var (taken, isWhole, isAgreed) = (0L, false, false);
        try
        {
            while (!isWhole)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = await offer.Source.ReadToAsync(sink.Output, taken, cancellationToken);
                if (read.IsCut || (read.Count > 0 && !await sink.FlushAsync())) return false;
                taken += read.Count;
                if (read.Count > 0) Volatile.Write(ref _hasFlowed, 1);
                isWhole = read.IsEnd;
                await Task.Yield(); // where nobody is slow, nothing waits: others have their turn on this thread
            }
        }
        finally
        {
            isAgreed = await FinishAsync(offer, taken, isWhole);
        }

        return isAgreed;
    }

    /// <summary>Tells the sender, whose next body may come as soon as it knows. Returns whether it takes it so.</summary>
    private async ValueTask<bool> FinishAsync(Offer offer, long taken, bool isWhole)
    {
        lock (_gate)
        {
            if (_offer != offer) return false;
            (_offer, _next) = (null, NewNext());
            isWhole &= !_isCut;
            _isWhole = isWhole && !offer.More;
            if (!isWhole || !offer.More) _isOver = true;
        }

        offer.Memory.Dispose();
        if (await offer.Source.FinishAsync(taken, isWhole)) return isWhole;
        lock (_gate) _isOver = true;
        return false;
    }

    private async Task RenewAsync()
    {
        if (Interlocked.Exchange(ref _isRenewing, 1) == 1) return;
        var hasFlowed = TakeFlowed();
        try
        {
            await _directory.RegisterAsync(this, isNew: false, hasFlowed, _cut.Token);
        }
        catch (StreamRefusedException unavailable) when (unavailable.Refusal == Refusal.Unavailable)
        {
            if (hasFlowed) Volatile.Write(ref _hasFlowed, 1); // the next time
        }
        catch (Exception failure) when (failure is StreamRefusedException or OperationCanceledException)
        {
            CutOff();
        }
        finally
        {
            Volatile.Write(ref _isRenewing, 0);
        }
    }

    private bool TakeFlowed() => Interlocked.Exchange(ref _hasFlowed, 0) == 1;

    private static TaskCompletionSource<Offer> NewNext() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Offer(IByteSource Source, bool More, TransferMemory Memory);
}
