using Malten.Streams.Events;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;

namespace Malten.Grains.Commands;

/// <summary>
/// The Orleans stream on which commands travel. Any grain may subscribe to it implicitly, by
/// <c>[ImplicitStreamSubscription(CommandStream.Namespace)]</c>; its key is the name of the Malten stream.
/// </summary>
public sealed class CommandStream(IServiceProvider services)
{
    /// <summary>The name of the stream provider.</summary>
    public const string Provider = "malten";

    /// <summary>The namespace of the streams, one for each Malten stream.</summary>
    public const string Namespace = "malten.commands";

    internal Task PublishAsync(Command command) => services.GetRequiredKeyedService<IStreamProvider>(Provider)
        .GetStream<Command>(StreamId.Create(Namespace, command.Address.Name.Value)).OnNextAsync(command);
}
