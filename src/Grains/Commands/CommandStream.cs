using Malten.Grains.Calls;
using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;

namespace Malten.Grains.Commands;

/// <summary>
/// The Orleans stream on which commands travel. Any grain may subscribe to it implicitly, with
/// <c>[ImplicitStreamSubscription(CommandStream.Namespace)]</c>; its key is the name of the Malten stream.
/// </summary>
public static class CommandStream
{
    /// <summary>The name of the stream provider.</summary>
    public const string Provider = "malten";

    /// <summary>The namespace of the Orleans streams; there is one for each Malten stream.</summary>
    public const string Namespace = "malten.commands";

    /// <summary>
    /// The prompt of a command that came on the stream, where <see cref="Command.Prompt"/> is empty: a queue would keep what was
    /// said. Null when the command is older than a few seconds, or the stream has moved to another silo since.
    /// </summary>
    public static Task<string?> GetPromptAsync(this IGrainFactory grains, Command command) =>
        grains.GetGrain<IStreamGrain>(command.Address.Name.Value).GetPrompt(command.Id);
}

/// <summary>Publishes commands on the Orleans stream.</summary>
internal sealed class CommandPublisher([FromKeyedServices(CommandStream.Provider)] IStreamProvider provider, Retry retry)
{
    /// <summary>
    /// Publishes a command without its prompt, and repeats that while it fails on its way. Subscribers may receive the command
    /// twice: the stream's <see cref="Claims"/> see to it that only one silo answers.
    /// </summary>
    public Task PublishAsync(Command command)
    {
        var stream = provider.GetStream<Command>(StreamId.Create(CommandStream.Namespace, command.Address.Name.Value));
        return retry.SettleAsync(async () =>
        {
            await stream.OnNextAsync(command with { Prompt = "" });
            return true;
        }, CancellationToken.None);
    }
}
