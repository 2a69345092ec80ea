using Malten.Grains.Calls;
using Malten.Grains.Members;
using Malten.Streams;
using Malten.Streams.Events;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Malten.Grains.Commands;

/// <summary>Answers the commands of one stream; the key is the stream's name.</summary>
[Alias("malten.responder")]
internal interface IResponderGrain : IGrainWithStringKey;

/// <summary>
/// Passes commands to this silo's responder, if one is configured. A command may be delivered twice: the stream's grain
/// decides which silo answers it, and <see cref="TakenCommands"/> that this silo does so once.
/// </summary>
[ImplicitStreamSubscription(CommandStream.Namespace)]
internal sealed class ResponderGrain(
    IStreamBroker broker, ClusterView view, IStreamGrains streams, TakenCommands taken, ICommandResponder? responder = null)
    : Grain, IResponderGrain, IStreamSubscriptionObserver, IAsyncObserver<Command>
{
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<Command>().ResumeAsync(this);

    public async Task OnNextAsync(Command item, StreamSequenceToken? token = null)
    {
        DeactivateOnIdle(); // names to which somebody once sent a command are many
        if (responder is null) return;
        var name = item.Address.Name;
        if (!await streams.Of(name).TryClaim(item.Id, view.Self)) return;
        var asked = await streams.Of(name).GetPrompt(item.Id); // may fail, and then the command is delivered again
        if (!taken.TryTake(item.Id)) return;
        if (asked is not { } prompt) await FailAsync(item, Command.Lost);
        else if (responder.TryReserve(name, item.Client, out var refusal)) responder.Answer(item with { Prompt = prompt }, broker);
        else await FailAsync(item, refusal.Message);
    }

    public Task OnCompletedAsync() => Task.CompletedTask;

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    private ValueTask FailAsync(Command command, string reason) => broker.AnnounceAsync(command.Address.Name, new Notice
    {
        Name = NoticeName.Failed, Stream = command.Address.Name.Value, Command = command.Id, Reason = reason,
    });
}
