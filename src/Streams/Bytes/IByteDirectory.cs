using Malten.Streams.Values;

namespace Malten.Streams.Bytes;

/// <summary>
/// The port between a <see cref="ByteRelay"/> and whatever holds the pipes: where the two ends of a channel find each other.
/// Bytes do not pass through it. Refusals are <see cref="StreamRefusedException"/>.
/// </summary>
public interface IByteDirectory
{
    /// <summary>
    /// Registers a receiver, in place of any other at its end of the channel, or renews its registration. Returns how long the
    /// pipe lives after it was last used.
    /// </summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="isNew">Whether it comes rather than stays: one that stays is refused when another has taken its place.</param>
    /// <param name="hasFlowed">Whether it got bytes since the last call, which renews the life of the pipe.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    ValueTask<TimeToLive> RegisterAsync(ByteReceiver receiver, bool isNew, bool hasFlowed, CancellationToken cancellationToken);

    /// <summary>Ends the registration of a receiver. Does not fail.</summary>
    ValueTask LeaveAsync(ByteReceiver receiver, bool hasFlowed);

    /// <summary>Waits for a receiver of what is to be sent on a channel.</summary>
    ValueTask<IReceivingEnd> FindAsync(ByteChannel channel, CancellationToken cancellationToken);

    /// <summary>Forgets a receiver that was found and has gone.</summary>
    ValueTask ForgetAsync(ByteChannel channel, Guid receiver, CancellationToken cancellationToken);
}
