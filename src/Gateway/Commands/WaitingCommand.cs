using Malten.Streams;

namespace Malten.Gateway.Commands;

/// <summary>A command and the broker through which its answer goes.</summary>
internal readonly record struct WaitingCommand(Command Command, IStreamBroker Broker)
{
    /// <summary>The stream in which it was asked.</summary>
    public StreamName Stream => Command.Address.Name;
}
