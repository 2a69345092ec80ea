using System.Net;
using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>Receives a stream of bytes over a channel of a pipe, and goes on where it was when the connection is lost.</summary>
[UnsupportedOSPlatform("browser")]
internal sealed class ByteReceiver(ByteLink link, ByteCipher cipher, int channel, Stream destination, IProgress<long>? progress, TimeProvider time) : IByteEnd
{
    private const int ReceiptEvery = 64; // records: a quarter of what is kept for this side
    private static readonly TimeSpan BetweenReceipts = TimeSpan.FromMilliseconds(100); // nodes take 20 messages a second
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);

    private readonly byte[] _sealed = new byte[ByteCipher.LongestRecord + Bytes.TagLength];
    private readonly byte[] _plain = new byte[ByteCipher.LongestRecord];
    private Action _receiveAnew = () => { };
    private long _next; // record
    private long _bytes;
    private readonly Lock _gate = new(); // of what is told
    private long _told; // records that the sender knows of
    private bool _isTelling;

    /// <summary>Receives all, and returns how many bytes that were.</summary>
    /// <exception cref="InvalidDataException">The bytes were changed on their way.</exception>
    public async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        for (var wait = TimeSpan.FromMilliseconds(100); ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            var before = _next;
            if (await ReceiveAsync(cancellationToken).ConfigureAwait(false)) break;
            if (_next > before) wait = TimeSpan.FromMilliseconds(100);
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }

        await SayAllCameAsync(cancellationToken).ConfigureAwait(false);
        return _bytes;
    }

    public bool HasBegun
    {
        get { lock (_gate) return _next > 0; }
    }

    public void Hear(ByteWord word)
    {
        if (word.Kind == ByteWordKind.Again) Volatile.Read(ref _receiveAnew)();
    }

    /// <summary>Receives over one connection. True when the last record has come.</summary>
    private async Task<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        var asked = new CancellationTokenSource(); // never disposed: whoever hears a word may still look at it
        Volatile.Write(ref _receiveAnew, asked.Cancel);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(asked.Token, cancellationToken);
        try
        {
            await link.SayAsync(new ByteWord(ByteWordKind.From, channel, _next), either.Token).ConfigureAwait(false);
            using var response = await link.ReceiveAsync(channel, either.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            return await ReadAsync(body, either.Token, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false; // the sender asked for it
        }
        catch (MaltenException failed) when (failed.Status != HttpStatusCode.Forbidden)
        {
            return false;
        }
        catch (HttpRequestException)
        {
            return false; // as readers of bodies say that a connection was lost
        }
    }

    private async Task<bool> ReadAsync(Stream body, CancellationToken either, CancellationToken cancellationToken)
    {
        var header = new byte[ByteCipher.HeaderLength];
        while (await TryReadAsync(body, header, either).ConfigureAwait(false))
        {
            var (length, number, isEnd) = ByteCipher.ReadHeader(header);
            if (number != _next) return false; // of a body from before the sender knew where to go on
            if (!await TryReadAsync(body, _sealed.AsMemory(0, length), either).ConfigureAwait(false)) return false;
            var count = cipher.Open(header, _sealed.AsSpan(0, length), _plain);
            await destination.WriteAsync(_plain.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            lock (_gate) (_next, _bytes) = (_next + 1, _bytes + count);
            progress?.Report(_bytes);
            if (!isEnd) Tell(cancellationToken);
            if (!isEnd) continue;
            await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }

        return false;
    }

    private async Task SayAllCameAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!await TrySayAsync(cancellationToken).ConfigureAwait(false))
                await Task.Delay(LongestWait, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // all has come; the sender has heard so and left before the node's answer was here, or nobody waits any more
        }
    }

    /// <summary>Says what has come, when it is enough, unless that is being said already.</summary>
    private void Tell(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_isTelling || _next - _told < ReceiptEvery) return;
            _isTelling = true;
        }

        _ = TellAllAsync(cancellationToken);
    }

    /// <summary>Goes on while more comes: whoever sends waits for the word about the last bytes.</summary>
    private async Task TellAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await TrySayAsync(cancellationToken).ConfigureAwait(false);
                await Task.Delay(BetweenReceipts, time, cancellationToken).ConfigureAwait(false);
                lock (_gate)
                {
                    if (_next - _told >= ReceiptEvery) continue;
                    _isTelling = false;
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // nobody receives any more
        }
    }

    /// <summary>Says which records have come; false when that could not be said.</summary>
    private async Task<bool> TrySayAsync(CancellationToken cancellationToken)
    {
        long next;
        lock (_gate) next = _next;
        try
        {
            await link.SayAsync(new ByteWord(ByteWordKind.Have, channel, next), cancellationToken).ConfigureAwait(false);
            lock (_gate) _told = next;
            return true;
        }
        catch (MaltenException failed) when (failed.Status != HttpStatusCode.Forbidden)
        {
            return false;
        }
    }

    /// <summary>Fills a buffer; false when the connection ends before.</summary>
    private static async Task<bool> TryReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) == buffer.Length;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
