using Malten.Streams.Bytes;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <content>Bytes: where the two ends of the channels of a pipe find each other. The bytes themselves do not come here.</content>
public sealed partial class MessageStream
{
    private ByteRendezvous? _rendezvous; // created on demand: most pipes pass only messages

    /// <summary>
    /// Registers the receiver of what the other seat sends on a channel, or renews its registration; where bytes
    /// <paramref name="hasFlowed"/>, the idle clock begins anew. Returns how long the pipe lives after its last use.
    /// </summary>
    /// <exception cref="StreamRefusedException">The seat is wrong, or another receiver has taken the place of one that is not new.</exception>
    public TimeToLive Receive(string? seat, int channel, IReceivingEnd end, bool isNew, bool hasFlowed)
    {
        lock (Gate)
        {
            var index = AuthorizePipe(seat);
            if (hasFlowed) Renew();
            _rendezvous ??= new ByteRendezvous(_time);
            return _rendezvous.Register(index, channel, end, isNew)
                ? _settings.TimeToLive
                : throw new StreamRefusedException(Refusal.Ended, "Another request receives on this channel now.", "channel");
        }
    }

    /// <summary>The receiver of what a seat sends on a channel, as soon as there is one.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong; or, later, the pipe has ended.</exception>
    public Task<IReceivingEnd> FindReceiver(string? seat, int channel)
    {
        lock (Gate)
        {
            var index = AuthorizePipe(seat);
            _rendezvous ??= new ByteRendezvous(_time);
            return _rendezvous.FindAsync(Other(index), channel);
        }
    }

    /// <summary>A receiver leaves; where bytes <paramref name="hasFlowed"/>, the idle clock begins anew.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public void LeaveReceiver(string? seat, int channel, Guid receiver, bool hasFlowed)
    {
        lock (Gate)
        {
            var index = AuthorizePipe(seat);
            if (hasFlowed) Renew();
            _rendezvous?.Remove(index, channel, receiver);
        }
    }

    /// <summary>A seat that sends has found that the receiver at the other one has gone.</summary>
    /// <exception cref="StreamRefusedException">The seat is wrong.</exception>
    public void ForgetReceiver(string? seat, int channel, Guid receiver)
    {
        lock (Gate) _rendezvous?.Remove(Other(AuthorizePipe(seat)), channel, receiver);
    }

    private int AuthorizePipe(string? seat) => Authorize(seat) is >= 0 and var index ? index : throw Seats.Refused();

    private static int Other(int seat) => 1 - seat;
}
