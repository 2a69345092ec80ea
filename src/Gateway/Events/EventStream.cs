using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Malten.Gateway.Hosting;
using Malten.Gateway.Telemetry;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Values;

namespace Malten.Gateway.Events;

/// <summary>
/// One open <c>/events</c> connection: writes what its reader has into the response, as server-sent events (WHATWG HTML,
/// 9.2). Frames are shared between connections and already encoded, so all that is left to do here is to copy them.
/// </summary>
internal sealed class EventStream : IDisposable
{
    private const int BytesPerFlush = 32 * 1024;

    private readonly HttpContext _context;
    private readonly PipeWriter _output;
    private readonly FeedReader _reader;
    private readonly TimeProvider _time;
    private readonly GatewayMetrics _metrics;
    private readonly CancellationToken _drain;
    private readonly ITimer _heartbeat;
    private readonly Timestamp _opened;
    private bool _beat;

    public EventStream(HttpContext context, FeedReader reader, TimeProvider time, GatewayMetrics metrics, Drain drain)
    {
        (_context, _output, _reader, _time, _metrics, _drain) =
            (context, context.Response.BodyWriter, reader, time, metrics, drain.Begun);
        _opened = Timestamp.Now(time);
        _heartbeat = time.CreateTimer(static state => ((EventStream)state!).Beat(), this, GatewayLimits.Heartbeat, GatewayLimits.Heartbeat);
    }

    /// <summary>Runs until the client goes, the node drains or the stream can bring nothing more.</summary>
    public async Task RunAsync()
    {
        using var gone = _context.RequestAborted.UnsafeRegister(static state => ((FeedReader)state!).Wake(), _reader);
        using var drained = _drain.UnsafeRegister(static state => ((FeedReader)state!).Wake(), _reader);
        Open();
        if (!await FlushAsync()) return;
        while (!_context.RequestAborted.IsCancellationRequested)
        {
            await _reader.WaitAsync();
            if (_beat) Write(":\n\n");
            _beat = false;
            var batch = _reader.Read(_output, BytesPerFlush);
            if (!await FlushAsync()) return;
            Measure(batch);
            if (batch.Bytes > 0) continue;
            if (_reader.IsCompleted) return;
            if (_drain.IsCancellationRequested)
            {
                await SayComeBackAsync();
                return;
            }
        }
    }

    public void Dispose() => _heartbeat.Dispose();

    private void Open()
    {
        // The first comment reaches the client at once; reconnections after a lost node come back spread over two seconds.
        Write($": malten\nretry: {Random.Shared.Next(1000, 3000)}\n");
        _output.Write(FrameEncoder.Encode(new Notice
        {
            Name = NoticeName.Open, Session = _reader.Session, Streams = [.. _reader.Streams.Select(stream => stream.Value)],
        }, Timestamp.Now(_time)).Bytes);
    }

    private async Task SayComeBackAsync()
    {
        Write($"retry: {Random.Shared.Next(500, 5000)}\n\n");
        await FlushAsync();
    }

    private void Beat()
    {
        _beat = true;
        _reader.Wake();
    }

    private void Write(string text) => Encoding.ASCII.GetBytes(text, _output);

    private void Measure(FeedBatch batch)
    {
        if (batch.Messages == 0) return;
        _metrics.Delivered(batch.Messages);
        // What was there before this listener came was not late: it was asked for.
        if (batch.Oldest >= _opened) _metrics.Lagged(Timestamp.Now(_time).Since(batch.Oldest));
    }

    /// <summary>False when the client has gone or has taken nothing for too long.</summary>
    private async ValueTask<bool> FlushAsync()
    {
        var flush = _output.FlushAsync(CancellationToken.None);
        if (flush.IsCompleted) return !(await flush).IsCompleted;
        try
        {
            return !(await flush.AsTask().WaitAsync(GatewayLimits.Stall, _time)).IsCompleted;
        }
        catch (TimeoutException)
        {
            _context.Abort();
            return false;
        }
    }
}
