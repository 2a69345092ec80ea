using Malten.Streams;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Browser.Tests.Hosting;

/// <summary>A hostile server: <see cref="Rewrite"/> decides which messages are stored for a post.</summary>
public sealed class TamperingBroker(LocalBroker inner) : IStreamBroker, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Maps a posted text to the texts to store; the answer to the post is the last of them.</summary>
    public Func<string, IEnumerable<string>> Rewrite { get; set; } = text => [text];

    public async ValueTask<Frame> AppendAsync(Draft draft, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            Frame stored = default;
            var isFirst = true;
            foreach (var text in Rewrite(draft.Text.Value))
            {
                stored = await inner.AppendAsync(
                    draft with { Text = MessageText.Parse(text), Id = isFirst ? draft.Id : Guid.NewGuid() }, cancellationToken);
                isFirst = false;
            }

            return stored;
        }
        finally
        {
            _turn.Release();
        }
    }

    public ValueTask CreateAsync(StreamSettings settings, CancellationToken cancellationToken = default) =>
        inner.CreateAsync(settings, cancellationToken);

    public ValueTask<Pipe> CreatePipeAsync(TimeToLive timeToLive, ClientKey client = default, CancellationToken cancellationToken = default) =>
        inner.CreatePipeAsync(timeToLive, client, cancellationToken);

    public ValueTask<IReadOnlyList<StreamListing>> ListAsync(
        string prefix, int limit, CancellationToken cancellationToken = default) =>
        inner.ListAsync(prefix, limit, cancellationToken);

    public ValueTask<IReadOnlyList<Frame>> ReadAsync(PageRequest request, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(request, cancellationToken);

    public ValueTask<FeedReader> ListenAsync(ListenRequest request, CancellationToken cancellationToken = default) =>
        inner.ListenAsync(request, cancellationToken);

    public ValueTask<Presence> GetPresenceAsync(StreamAddress address, CancellationToken cancellationToken = default) =>
        inner.GetPresenceAsync(address, cancellationToken);

    public ValueTask<bool> SetStatusAsync(
        string session, PresenceStatus status, CancellationToken cancellationToken = default) =>
        inner.SetStatusAsync(session, status, cancellationToken);

    public ValueTask SignalAsync(Signal signal, CancellationToken cancellationToken = default) => inner.SignalAsync(signal, cancellationToken);

    public ValueTask<Frame> SendCommandAsync(
        StreamAddress address, string prompt, ClientKey client = default, CancellationToken cancellationToken = default) =>
        inner.SendCommandAsync(address, prompt, client, cancellationToken);

    public ValueTask<bool> ReportProgressAsync(Command command, string text, CancellationToken cancellationToken = default) =>
        inner.ReportProgressAsync(command, text, cancellationToken);

    public ValueTask<bool> HasEndedAsync(Command command, CancellationToken cancellationToken = default) =>
        inner.HasEndedAsync(command, cancellationToken);

    public ValueTask AnnounceAsync(StreamName stream, Notice notice, CancellationToken cancellationToken = default) =>
        inner.AnnounceAsync(stream, notice, cancellationToken);

    public void Dispose()
    {
        _turn.Dispose();
        inner.Dispose();
    }
}
