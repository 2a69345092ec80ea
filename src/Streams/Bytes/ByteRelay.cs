using System.IO.Pipelines;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Bytes;

/// <summary>
/// Passes bytes from one seat of a pipe to the other and holds none: the receiver reads the body of the sender's request, and
/// only as fast as its own connection takes it. Each end counts as a listener, and as
/// <see cref="ByteLimits.HeldBytes"/> more while bytes flow. Thread-safe.
/// </summary>
public sealed class ByteRelay(IByteDirectory directory, Capacity capacity, TimeProvider time)
{
    /// <summary>Opens the receiving end of what the other seat sends on a channel.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong, the stream is no pipe, or the node is full.</exception>
    public async ValueTask<ByteReceiver> ReceiveAsync(ByteChannel channel, CancellationToken cancellationToken = default)
    {
        var receiver = new ByteReceiver(channel, directory, capacity, time);
        try
        {
            await receiver.OpenAsync(cancellationToken);
            return receiver;
        }
        catch
        {
            await receiver.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Sends a body, and returns how many bytes it had once the receiver's connection has taken them all. Whenever this fails
    /// after bytes have passed, the receiver is cut off.
    /// </summary>
    /// <param name="channel">The channel, and the seat of whoever sends.</param>
    /// <param name="body">The body. When this returns, nothing reads it any more.</param>
    /// <param name="more">Whether the channel stays open for another body after this one.</param>
    /// <param name="cancellationToken">Gives up sending.</param>
    /// <exception cref="StreamRefusedException">
    /// The seat is wrong, the stream is no pipe, the node is full, nobody receives, another body is being received, the receiver
    /// has gone (<see cref="StreamRefusedException.Taken"/>), or the body has brought nothing for too long.
    /// </exception>
    public async ValueTask<long> SendAsync(
        ByteChannel channel, PipeReader body, bool more = false, CancellationToken cancellationToken = default)
    {
        var dismissal = new CancellationTokenSource();
        using var place = capacity.AddListener(1, channel.Client, channel.RequestBytes);
        place.OnDismissed(() => _ = dismissal.CancelAsync());
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, dismissal.Token);
        await using var sender = new ByteSender(body, time);
        try
        {
            var receiver = await FindAsync(channel, sender, more, place, given.Token);
            using var memory = receiver.Memory;
            try
            {
                await sender.Completion.WaitAsync(given.Token);
            }
            catch (OperationCanceledException) when (given.IsCancellationRequested)
            {
                // given up, unless the receiver has finished meanwhile
            }
            finally
            {
                await sender.DisposeAsync(); // from here on it is decided what came of it, for both ends alike
                receiver.End.Abandon(sender);
            }

            if (await sender.Completion) return sender.Taken;
            given.Token.ThrowIfCancellationRequested();
            throw Gone(sender.Taken);
        }
        catch (OperationCanceledException) when (dismissal.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Capacity.Full();
        }
    }

    /// <summary>Waits for a receiver that accepts the body.</summary>
    private async Task<(IReceivingEnd End, TransferMemory Memory)> FindAsync(
        ByteChannel channel, ByteSender sender, bool more, Place place, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(ByteLimits.ReceiverWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        var memory = TransferMemory.TryAdd(capacity, place) ?? throw Capacity.Full(); // while it waits, the server holds some of it
        try
        {
            while (true)
            {
                var end = await directory.FindAsync(channel, either.Token);
                var outcome = await end.OfferAsync(sender, more);
                if (outcome == OfferOutcome.Accepted) return (end, memory);
                if (outcome != OfferOutcome.Gone) throw Refused(outcome, sender.Taken);
                await directory.ForgetAsync(channel, end.Id, either.Token);
            }
        }
        catch (Exception failure)
        {
            memory.Dispose();
            if (failure is OperationCanceledException && patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                throw NobodyReceives();
            throw;
        }
    }

    private static StreamRefusedException Refused(OfferOutcome outcome, long taken) => outcome switch
    {
        OfferOutcome.Busy => new StreamRefusedException(Refusal.ChannelBusy,
            "Another request is sending on this channel; use another channel, or wait for its end.", "channel"),
        OfferOutcome.Full => Capacity.Full(),
        _ => Gone(taken),
    };

    private static StreamRefusedException NobodyReceives() => new(Refusal.NoReceiver,
        $"Nobody has received on this channel for {ByteLimits.ReceiverWait.TotalSeconds:0} seconds: the other seat must ask for its bytes first.", "channel");

    private static StreamRefusedException Gone(long taken) => new(Refusal.ReceiverGone,
        "The receiver has gone. Its connection took the first 'taken' bytes; send the rest when it receives again.")
    {
        Taken = taken,
    };
}
