using System.Buffers;
using Malten.Grains.Calls;
using Malten.Grains.Interfaces.Bytes;
using Malten.Streams.Bytes;

namespace Malten.Grains.Bytes;

/// <summary>
/// A body that a client sends to another gateway, read from there: some pieces ahead, so that the network is not waited for at
/// each of them.
/// </summary>
internal sealed class RemoteBody(ByteOffer offer) : IByteSource
{
    private readonly Queue<Task<BytePiece>> _pulls = new();
    private long _asked;

    /// <summary>Its id at the other gateway.</summary>
    public Guid Id => offer.Body;

    /// <inheritdoc/>
    public async ValueTask<BytesRead> ReadToAsync(IBufferWriter<byte> into, long taken, CancellationToken cancellationToken)
    {
        while (_pulls.Count < PulledBody.Window) _pulls.Enqueue(offer.Gateway.Pull(offer.Body, _asked++, taken));
        try
        {
            var piece = await _pulls.Peek().WaitAsync(cancellationToken);
            _ = _pulls.Dequeue();
            into.Write(piece.Span);
            piece.Clear(isUnused: true);
            return piece.Read;
        }
        catch (Exception failure) when (Transient.Is(failure) && !cancellationToken.IsCancellationRequested)
        {
            return BytesRead.Cut; // the gateway has gone, and the sender with it
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> FinishAsync(long taken, bool isWhole)
    {
        while (_pulls.TryDequeue(out var pull)) _ = DiscardAsync(pull);
        try
        {
            return await offer.Gateway.Finish(offer.Body, taken, isWhole);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            return false; // the sender's gateway asks whether it is still received, and hears that it is not
        }
    }

    private static async Task DiscardAsync(Task<BytePiece> pull)
    {
        try
        {
            (await pull).Clear(isUnused: true);
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // nothing has come
        }
    }
}
