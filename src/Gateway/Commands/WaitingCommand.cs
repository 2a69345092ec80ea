using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>A command, the broker to post its answer to, and what the answer may cost.</summary>
internal readonly record struct WaitingCommand(Command Command, IStreamBroker Broker, TokenReservation Tokens)
{
    /// <summary>The stream in which it was asked.</summary>
    public StreamName Stream => Command.Address.Name;

    /// <summary>Whether that stream has ended, so that nothing of it may be sent any more.</summary>
    public ValueTask<bool> HasEndedAsync(CancellationToken cancellationToken) => Broker.HasEndedAsync(Command, cancellationToken);
}
