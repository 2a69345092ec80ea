using System.Text;
using Malten.Gateway.Answers;
using Malten.Gateway.Telemetry;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Values;
using Microsoft.AspNetCore.Connections.Features;

namespace Malten.Gateway.Events;

/// <summary>
/// Writes what a reader has into the response of one connection. Frames are shared between connections and already
/// encoded, so they are only copied here.
/// </summary>
internal sealed class EventWriter : IDisposable
{
    /// <summary>How often a comment, or an empty line, keeps an idle connection open.</summary>
    private static readonly TimeSpan HeartbeatPeriod = TimeSpan.FromSeconds(15);

    /// <summary>How soon a client may come back whose place was needed for another.</summary>
    private static readonly TimeSpan DismissedRetry = TimeSpan.FromSeconds(30);

    private readonly HttpContext _context;
    private readonly PacedBody _body;
    private readonly FeedReader _reader;
    private readonly TimeProvider _time;
    private readonly GatewayMetrics _metrics;
    private readonly CancellationToken _drain;
    private readonly ITimer _heartbeat;
    private readonly Timestamp _opened;
    private bool _isHeartbeatDue;

    public EventWriter(HttpContext context, FeedReader reader, TimeProvider time, GatewayMetrics metrics, CancellationToken drain)
    {
        (_context, _body, _reader, _time, _metrics, _drain) = (context, new PacedBody(context, time), reader, time, metrics, drain);
        _opened = Timestamp.Now(time);
        _heartbeat = time.CreateTimer(static state => ((EventWriter)state!).Beat(), this, HeartbeatPeriod, HeartbeatPeriod);
    }

    /// <summary>Runs until the client disconnects, the node drains, or the streams can bring nothing more.</summary>
    public async Task RunAsync()
    {
        using var gone = _context.RequestAborted.UnsafeRegister(static state => ((FeedReader)state!).Wake(), _reader);
        using var drained = _drain.UnsafeRegister(static state => ((FeedReader)state!).Wake(), _reader);
        Open();
        if (!await _body.FlushAsync()) return;
        while (!_context.RequestAborted.IsCancellationRequested)
        {
            // The drain's wake-up may have been one with that of what was read last.
            if (!_drain.IsCancellationRequested) await _reader.WaitAsync();
            if (_reader.IsDismissed)
            {
                await SayWhyAsync();
                EndConnection();
                return;
            }

            if (Interlocked.Exchange(ref _isHeartbeatDue, false)) Write(":\n\n", "\n");
            var batch = _reader.Read(_body.Output, PacedBody.PieceBytes);
            if (!await _body.FlushAsync()) return;
            Measure(batch);
            if (batch.Bytes > 0) continue;
            if (_reader.IsCompleted) return;
            if (_drain.IsCancellationRequested)
            {
                await AskToReconnectAsync();
                return;
            }
        }
    }

    public void Dispose() => _heartbeat.Dispose();

    private void Open()
    {
        // The first comment reaches the client at once; the random delay spreads the reconnections after a node is lost.
        Write($": malten\nretry: {Random.Shared.Next(1000, 3000)}\n");
        Write(new Notice
        {
            Name = NoticeName.Open, Session = _reader.Session, Listener = _reader.Listener,
            Streams = [.. _reader.Streams.Select(stream => stream.Value)], Lives = _reader.Lives,
        });
    }

    private async Task SayWhyAsync()
    {
        Write($"retry: {DismissedRetry.TotalMilliseconds}\n");
        Write(new Notice
        {
            Name = NoticeName.Closed,
            Reason = "This node has no room for more listeners, and this client or its network has most of them.",
        });
        await _body.FlushAsync();
    }

    // Its place is another's now. Over HTTP/2 it is also that of the client's other requests.
    private void EndConnection()
    {
        if (!HttpProtocol.IsHttp11(_context.Request.Protocol) && !HttpProtocol.IsHttp10(_context.Request.Protocol)) return;
        _context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }

    private async Task AskToReconnectAsync()
    {
        Write($"retry: {Random.Shared.Next(500, 5000)}\n\n");
        await _body.FlushAsync();
    }

    private void Beat()
    {
        Volatile.Write(ref _isHeartbeatDue, true);
        _reader.Wake();
    }

    private void Write(Notice notice) => _reader.Write(_body.Output, FrameEncoder.Encode(notice, Timestamp.Now(_time)));

    /// <summary>Writes what is no event: JSON lines have no comments and no fields beside the data.</summary>
    private void Write(string text, string line = "") =>
        Encoding.ASCII.GetBytes(_reader.Format == EventFormat.ServerSentEvents ? text : line, _body.Output);

    private void Measure(FeedBatch batch)
    {
        if (batch.Messages == 0) return;
        _metrics.Delivered(batch.Messages);
        // Messages stored before this listener connected were replayed at its request, not delivered late.
        if (batch.Oldest >= _opened) _metrics.Lagged(Timestamp.Now(_time).Since(batch.Oldest));
    }
}
