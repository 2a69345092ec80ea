// begin-snippet: clock-grain
using Malten.Grains.Commands;
using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Values;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Malten.Samples;

/// <summary>Tells the time, in any stream where somebody asks for it.</summary>
[ImplicitStreamSubscription(CommandStream.Namespace)]
internal sealed class ClockGrain(IStreamBroker broker, TimeProvider time)
    : Grain, IClockGrain, IStreamSubscriptionObserver, IAsyncObserver<Command>
{
    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<Command>().ResumeAsync(this);

    public async Task OnNextAsync(Command item, StreamSequenceToken? token = null)
    {
        if (await GrainFactory.GetPromptAsync(item) != "What time is it?") return; // a question for another grain
        await broker.AppendAsync(new Draft
        {
            Address = item.Address, Text = MessageText.Parse($"It is {time.GetUtcNow():HH:mm} UTC."),
            User = UserLabel.Parse("clock"), ReplyTo = item.Id,
            Id = item.Id, // a command may be delivered twice; messages with one id are stored once
        });
    }

    public Task OnCompletedAsync() => Task.CompletedTask;

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;
}

internal interface IClockGrain : IGrainWithStringKey;
// end-snippet
