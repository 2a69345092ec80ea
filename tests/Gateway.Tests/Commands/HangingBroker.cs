using Malten.Streams;

namespace Malten.Gateway.Commands;

/// <summary>A broker whose <c>failed</c> events never get through.</summary>
internal sealed class HangingBroker(IStreamBroker broker, Task released) : IStreamBroker
{
    public ValueTask CreateAsync(StreamSettings settings, CancellationToken cancellationToken = default) =>
        broker.CreateAsync(settings, cancellationToken);

    public ValueTask<Pipe> CreatePipeAsync(TimeToLive timeToLive, CancellationToken cancellationToken = default) =>
        broker.CreatePipeAsync(timeToLive, cancellationToken);

    public ValueTask<IReadOnlyList<StreamListing>> ListAsync(
        string prefix, int limit, CancellationToken cancellationToken = default) =>
        broker.ListAsync(prefix, limit, cancellationToken);

    public ValueTask<Frame> AppendAsync(Draft draft, CancellationToken cancellationToken = default) =>
        broker.AppendAsync(draft, cancellationToken);

    public ValueTask<IReadOnlyList<Frame>> ReadAsync(PageRequest request, CancellationToken cancellationToken = default) =>
        broker.ReadAsync(request, cancellationToken);

    public ValueTask<FeedReader> ListenAsync(ListenRequest request, CancellationToken cancellationToken = default) =>
        broker.ListenAsync(request, cancellationToken);

    public ValueTask<Presence> GetPresenceAsync(StreamAddress address, CancellationToken cancellationToken = default) =>
        broker.GetPresenceAsync(address, cancellationToken);

    public ValueTask<bool> SetStatusAsync(string session, PresenceStatus status, CancellationToken cancellationToken = default) =>
        broker.SetStatusAsync(session, status, cancellationToken);

    public ValueTask<Frame> SendCommandAsync(
        StreamAddress address, string prompt, CancellationToken cancellationToken = default) =>
        broker.SendCommandAsync(address, prompt, cancellationToken);

    public async ValueTask AnnounceAsync(StreamName stream, Notice notice, CancellationToken cancellationToken = default)
    {
        if (notice.Name == "failed") await released;
        await broker.AnnounceAsync(stream, notice, cancellationToken);
    }
}
