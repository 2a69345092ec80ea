using Malten.Streams.Bytes;
using Malten.Streams.Values;

namespace Malten.Streams;

/// <content>Bytes: the pipes of this process, as a relay asks for them.</content>
public sealed partial class LocalBroker : IByteDirectory
{
    ValueTask<TimeToLive> IByteDirectory.RegisterAsync(
        ByteReceiver receiver, bool isNew, bool hasFlowed, CancellationToken cancellationToken)
    {
        var (pipe, number) = (receiver.Channel.Pipe, receiver.Channel.Number);
        var life = default(TimeToLive);
        On(pipe.Name, stream =>
        {
            life = stream.Receive(pipe.Seat, number, receiver, isNew, hasFlowed);
            _expiry.Watch(stream);
        });
        return ValueTask.FromResult(life);
    }

    ValueTask IByteDirectory.LeaveAsync(ByteReceiver receiver, bool hasFlowed)
    {
        var (pipe, number) = (receiver.Channel.Pipe, receiver.Channel.Number);
        try
        {
            On(pipe.Name, stream => stream.LeaveReceiver(pipe.Seat, number, receiver.Id, hasFlowed));
        }
        catch (StreamRefusedException)
        {
            // the pipe has ended, and its registrations with it
        }

        return ValueTask.CompletedTask;
    }

    async ValueTask<IReceivingEnd> IByteDirectory.FindAsync(ByteChannel channel, CancellationToken cancellationToken)
    {
        Task<IReceivingEnd> found = null!;
        On(channel.Pipe.Name, stream => found = stream.FindReceiver(channel.Pipe.Seat, channel.Number));
        return await found.WaitAsync(cancellationToken);
    }

    ValueTask IByteDirectory.ForgetAsync(ByteChannel channel, Guid receiver, CancellationToken cancellationToken)
    {
        On(channel.Pipe.Name, stream => stream.ForgetReceiver(channel.Pipe.Seat, channel.Number, receiver));
        return ValueTask.CompletedTask;
    }
}
