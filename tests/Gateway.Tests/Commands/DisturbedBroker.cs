using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>A broker in whose way something can be put.</summary>
internal sealed class DisturbedBroker(IStreamBroker broker) : IStreamBroker
{
    public Func<Draft, Task> BeforeAppend { get; set; } = _ => Task.CompletedTask;

    public Func<Task> BeforeRead { get; set; } = () => Task.CompletedTask;

    public Func<Task> BeforeList { get; set; } = () => Task.CompletedTask;

    public Func<string, Task> BeforeProgress { get; set; } = _ => Task.CompletedTask;

    public Func<Notice, Task> BeforeAnnounce { get; set; } = _ => Task.CompletedTask;

    public ValueTask CreateAsync(StreamSettings settings, CancellationToken cancellationToken = default) =>
        broker.CreateAsync(settings, cancellationToken);

    public ValueTask<Pipe> CreatePipeAsync(TimeToLive timeToLive, ClientKey client = default, CancellationToken cancellationToken = default) =>
        broker.CreatePipeAsync(timeToLive, client, cancellationToken);

    public async ValueTask<IReadOnlyList<StreamListing>> ListAsync(
        string prefix, int limit, CancellationToken cancellationToken = default)
    {
        await BeforeList();
        return await broker.ListAsync(prefix, limit, cancellationToken);
    }

    public async ValueTask<Frame> AppendAsync(Draft draft, CancellationToken cancellationToken = default)
    {
        await BeforeAppend(draft);
        return await broker.AppendAsync(draft, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<Frame>> ReadAsync(PageRequest request, CancellationToken cancellationToken = default)
    {
        await BeforeRead();
        return await broker.ReadAsync(request, cancellationToken);
    }

    public ValueTask<FeedReader> ListenAsync(ListenRequest request, CancellationToken cancellationToken = default) =>
        broker.ListenAsync(request, cancellationToken);

    public ValueTask<Presence> GetPresenceAsync(StreamAddress address, CancellationToken cancellationToken = default) =>
        broker.GetPresenceAsync(address, cancellationToken);

    public ValueTask<bool> SetStatusAsync(string session, PresenceStatus status, CancellationToken cancellationToken = default) =>
        broker.SetStatusAsync(session, status, cancellationToken);

    public ValueTask SignalAsync(Signal signal, CancellationToken cancellationToken = default) => broker.SignalAsync(signal, cancellationToken);

    public ValueTask<Frame> SendCommandAsync(
        StreamAddress address, string prompt, ClientKey client = default, CancellationToken cancellationToken = default) =>
        broker.SendCommandAsync(address, prompt, client, cancellationToken);

    public async ValueTask<bool> HasEndedAsync(Command command, CancellationToken cancellationToken = default)
    {
        await BeforeRead();
        return await broker.HasEndedAsync(command, cancellationToken);
    }

    public async ValueTask<bool> ReportProgressAsync(Command command, string text, CancellationToken cancellationToken = default)
    {
        await BeforeProgress(text);
        return await broker.ReportProgressAsync(command, text, cancellationToken);
    }

    public async ValueTask AnnounceAsync(StreamName stream, Notice notice, CancellationToken cancellationToken = default)
    {
        await BeforeAnnounce(notice);
        await broker.AnnounceAsync(stream, notice, cancellationToken);
    }
}
