using System.Net;
using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>Sends a stream of bytes over a channel of a pipe. What the receiver has not acknowledged is kept, so that it can be sent again.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class ByteSender(ByteLink link, ByteCipher cipher, int channel, Stream source, IProgress<long>? progress, TimeProvider time) : IByteEnd
{
    private const int Window = 256; // records that are kept: 16 MiB
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10); // a body may bring nothing for 30 s
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2); // for a body that nobody takes any more
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5); // for a receiver that has noticed by itself

    private readonly Lock _gate = new();
    private readonly Dictionary<long, (byte[] Buffer, int Length)> _kept = []; // by number
    private readonly Stack<byte[]> _free = []; // buffers for records to come
    private readonly byte[] _buffer = new byte[ByteCipher.LongestRecord];
    private TaskCompletionSource _changed = NewSource();
    private CancellationToken _whole; // not of one body: what was read must not be lost with it
    private Task<int>? _reading;
    private long? _place; // from which the receiver wants to receive, unless that has been done
    private long _acknowledged; // records
    private long _sealed; // records
    private long _bytes;
    private long? _written; // the record that is being written now
    private bool _hasEnded;

    private bool IsDone
    {
        get { lock (_gate) return _hasEnded && _acknowledged == _sealed; }
    }

    /// <summary>Sends all, and returns how many bytes that were once the receiver has them.</summary>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SendAllAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (IsDone)
        {
            // the receiver has all, and has left before that was noticed here
        }

        return _bytes;
    }

    private async Task SendAllAsync(CancellationToken cancellationToken)
    {
        var next = await NextPlaceAsync(cancellationToken).ConfigureAwait(false);
        _whole = cancellationToken;
        Volatile.Write(ref _reading, ReadAsync());
        while (next is { } place)
        {
            await NeedsBodyAsync(place, cancellationToken).ConfigureAwait(false);
            if (IsDone) return;
            await ThrowIfUnreadableAsync().ConfigureAwait(false);
            next = await SendAsync(TakePlace() ?? place, cancellationToken).ConfigureAwait(false);
            await ThrowIfUnreadableAsync().ConfigureAwait(false);
            next ??= await AgreeAnewAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Why the source can't be read: another request would not help.</summary>
    private Task ThrowIfUnreadableAsync() => _reading is { IsCompleted: true, IsCompletedSuccessfully: false } ? _reading : Task.CompletedTask;

    public bool HasBegun => Volatile.Read(ref _reading) is not null;

    public void Hear(ByteWord word)
    {
        lock (_gate)
        {
            if (word.Number < _acknowledged || word.Number > _sealed || word.Kind == ByteWordKind.Again) return;
            for (; _acknowledged < word.Number; _acknowledged++)
                if (_kept.Remove(_acknowledged, out var record) && _written != _acknowledged) _free.Push(record.Buffer);
            if (word.Kind == ByteWordKind.From) _place = word.Number;
            Interlocked.Exchange(ref _changed, NewSource()).TrySetResult();
        }
    }

    /// <summary>Sends what there is from a place on. Gives the place after it; null when it did not arrive.</summary>
    private async Task<long?> SendAsync(long place, CancellationToken cancellationToken)
    {
        using var body = new RecordContent(this, place, cancellationToken);
        using var stuck = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = link.SendAsync(channel, body, stuck.Token);
        try
        {
            await CancelIfStuckAsync(sending, stuck).ConfigureAwait(false);
            await sending.ConfigureAwait(false);
            return body.Place;
        }
        catch (MaltenException failed) when (failed.Status != HttpStatusCode.Forbidden)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            await body.StopAsync().ConfigureAwait(false); // an answer may come while it is still being written
        }
    }

    /// <summary>Waits for a request. When the receiver wants another place meanwhile, the request has a moment left in which to end by itself.</summary>
    private async Task CancelIfStuckAsync(Task sending, CancellationTokenSource stuck)
    {
        while (!sending.IsCompleted)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (IsAskedForPlace) break;
            await Task.WhenAny(sending, changed).ConfigureAwait(false);
        }

        try
        {
            await sending.WaitAsync(Grace, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await stuck.CancelAsync().ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<int> ReadAsync() => await source.ReadAsync(_buffer, _whole).ConfigureAwait(false); // a failure stays in the task

    private long? TakePlace()
    {
        lock (_gate)
        {
            var place = _place;
            _place = null;
            return place;
        }
    }

    /// <summary>The place that the receiver asks for next; null when it has everything.</summary>
    private async Task<long?> NextPlaceAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (IsDone) return null;
            if (TakePlace() is { } place) return place;
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The place from which to send again: the receiver says it by itself, or is asked. Null when it has everything.</summary>
    private async Task<long?> AgreeAnewAsync(CancellationToken cancellationToken)
    {
        var next = NextPlaceAsync(cancellationToken);
        while (true)
        {
            try
            {
                return await next.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                await link.SayAsync(new ByteWord(ByteWordKind.Again, channel, 0), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits until there is something to send or to do.</summary>
    private async Task NeedsBodyAsync(long place, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            lock (_gate) if (IsDone || _place is not null || _kept.ContainsKey(place)) return;
            if (MayRead && _reading!.IsCompleted) return;
            await Task.WhenAny(changed, MayRead ? _reading! : changed).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsAskedForPlace
    {
        get { lock (_gate) return _place is not null; }
    }

    private bool MayRead
    {
        get { lock (_gate) return !_hasEnded && _kept.Count < Window; }
    }

    /// <summary>A record to write; null when there is none, or the receiver wants another place. Its buffer stays untouched until the next call.</summary>
    private ReadOnlyMemory<byte>? TakeKept(long place)
    {
        lock (_gate)
        {
            _written = null;
            if (_place is not null || !_kept.TryGetValue(place, out var record)) return null;
            _written = place;
            return record.Buffer.AsMemory(0, record.Length);
        }
    }

    /// <summary>Seals what comes next from the source; false when nothing comes for a while, nothing will, or it can't be read.</summary>
    private async Task<bool> SealNextAsync(CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            lock (_gate) if (_hasEnded || _place is not null) return false;
            if (MayRead && _reading!.IsCompleted) break;
            var rest = Pause - time.GetElapsedTime(begun);
            if (rest <= TimeSpan.Zero) return false;
            try
            {
                await Task.WhenAny(changed, MayRead ? _reading! : changed).WaitAsync(rest, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        if (!_reading.IsCompletedSuccessfully) return false;
        Keep(await _reading.ConfigureAwait(false));
        if (!_hasEnded) _reading = ReadAsync();
        return true;
    }

    private void Keep(int count)
    {
        byte[]? buffer;
        lock (_gate) _free.TryPop(out buffer);
        buffer ??= new byte[ByteCipher.LongestSealed];
        var length = cipher.Seal(_sealed, isEnd: count == 0, _buffer.AsSpan(0, count), buffer);
        lock (_gate)
        {
            _kept[_sealed++] = (buffer, length);
            _hasEnded = count == 0;
        }

        _bytes += count;
        progress?.Report(_bytes);
    }

    /// <summary>The body of one request: records from a place on, until there is a pause.</summary>
    private sealed class RecordContent(ByteSender sender, long place, CancellationToken stop) : HttpContent
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        private Task _writing = Task.CompletedTask;

        /// <summary>The place after the last record that was sent.</summary>
        public long Place { get; private set; } = place;

        /// <summary>Ends the writing, and returns when nothing of it goes on.</summary>
        public async Task StopAsync()
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose(); // not in Dispose: the request has disposed its content before
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _writing = WriteAsync(stream, _stop.Token);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        private async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
        {
            while (true)
            {
                while (sender.TakeKept(Place) is { } record)
                {
                    await stream.WriteAsync(record, cancellationToken).ConfigureAwait(false);
                    Place++;
                }

                await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
                if (!await sender.SealNextAsync(cancellationToken).ConfigureAwait(false)) return;
            }
        }
    }
}
