using Malten.Grains.Calls;
using Malten.Grains.Interfaces.Bytes;
using Malten.Streams.Bytes;
using Malten.Streams.Values;

namespace Malten.Grains.Bytes;

/// <summary>The pipes of the cluster, as a relay asks for them: through their grains.</summary>
/// <param name="streams">Where the pipes live.</param>
/// <param name="retry">Repeats calls that fail on their way.</param>
/// <param name="here">The senders and receivers of this gateway.</param>
internal sealed class ClusterByteDirectory(IStreamGrains streams, Retry retry, ByteGateway here) : IByteDirectory
{
    /// <inheritdoc/>
    public async ValueTask<TimeToLive> RegisterAsync(
        ByteReceiver receiver, bool isNew, bool hasFlowed, CancellationToken cancellationToken)
    {
        if (isNew) here.Add(receiver);
        try
        {
            var registration = Registration(receiver) with { IsNew = isNew, HasFlowed = hasFlowed };
            var seconds = await retry.CallAsync(() => Channels(receiver.Channel).Receive(registration), cancellationToken);
            return TimeToLive.FromSeconds(seconds.Unwrap());
        }
        catch when (isNew)
        {
            here.Remove(receiver);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask LeaveAsync(ByteReceiver receiver, bool hasFlowed)
    {
        here.Remove(receiver);
        try
        {
            await Channels(receiver.Channel).LeaveReceiver(Registration(receiver) with { HasFlowed = hasFlowed });
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            // a registration that is not renewed is forgotten
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReceivingEnd> FindAsync(ByteChannel channel, CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = await retry.CallAsync(() => Channels(channel).FindReceiver(channel.Pipe.Seat, channel.Number), cancellationToken);
            if (found.Unwrap() is { } address) return here.Find(address.Receiver) ?? (IReceivingEnd)new RemoteReceiver(address, here);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ForgetAsync(ByteChannel channel, Guid receiver, CancellationToken cancellationToken) =>
        (await retry.CallAsync(() => Channels(channel).ForgetReceiver(channel.Pipe.Seat, channel.Number, receiver), cancellationToken)).Unwrap();

    private IByteChannels Channels(ByteChannel channel) => streams.Of(channel.Pipe.Name).AsReference<IByteChannels>();

    private ByteRegistration Registration(ByteReceiver receiver) => new()
    {
        Address = new ByteAddress(here.Reference, receiver.Id), Seat = receiver.Channel.Pipe.Seat, Channel = receiver.Channel.Number,
    };
}
