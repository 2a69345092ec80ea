using Malten.Grains.Interfaces;
using Malten.Grains.Replicas;
using Malten.Streams;
using Malten.Streams.Events;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Malten.Grains.Commands;

/// <summary>
/// Hands commands to this silo's responder, where one is configured. The stream itself says which silo answers, and the
/// silo knows what it has taken on, so that a command that is delivered twice is answered once.
/// </summary>
[ImplicitStreamSubscription(CommandStream.Namespace)]
internal sealed class ResponderGrain(IServiceProvider services, IStreamBroker broker, Peers peers, TakenCommands taken)
    : Grain, IResponderGrain, IStreamSubscriptionObserver, IAsyncObserver<Command>
{
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<Command>().ResumeAsync(this);

    public async Task OnNextAsync(Command item, StreamSequenceToken? token = null)
    {
        if (services.GetService<ICommandResponder>() is not { } responder) return;
        var stream = GrainFactory.GetGrain<IStreamGrain>(item.Address.Name.Value);
        if (!await stream.TryClaim(item.Id, peers.Self) || !taken.TryTake(item.Id)) return;
        if (responder.TryReserve(item.Address.Name)) responder.Answer(item, broker);
        else
            await broker.AnnounceAsync(item.Address.Name, new Notice
            {
                Name = NoticeName.Failed, Stream = item.Address.Name.Value, Command = item.Id,
                Reason = Command.TooManyWaiting,
            });
    }

    public Task OnCompletedAsync() => Task.CompletedTask;

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}
