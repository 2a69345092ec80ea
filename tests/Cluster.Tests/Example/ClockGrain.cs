using Malten.Grains.Commands;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Values;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Malten.Cluster.Tests.Example;

/// <summary>The example of <c>docs/commands.md</c>, save that it only answers one prompt: other tests send commands too.</summary>
[ImplicitStreamSubscription(CommandStream.Namespace)]
public sealed class ClockGrain(IStreamBroker broker)
    : Grain, IClockGrain, IStreamSubscriptionObserver, IAsyncObserver<Command>
{
    public const string Prompt = "What time is it?";

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<Command>().ResumeAsync(this);

    public async Task OnNextAsync(Command item, StreamSequenceToken? token = null)
    {
        if (item.Prompt != Prompt) return;
        await broker.AppendAsync(new Draft
        {
            Address = item.Address, Text = MessageText.Parse($"It is {DateTime.UtcNow:HH:mm} UTC."),
            User = UserLabel.Parse("clock"), ReplyTo = item.Id, Id = item.Id,
        });
    }

    public Task OnCompletedAsync() => Task.CompletedTask;

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}
