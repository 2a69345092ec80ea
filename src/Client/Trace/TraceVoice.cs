using System.Runtime.Versioning;
using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>
/// Says frames by signals, in the background: those to all or that ask at once, and what is handed over in turns, a frame to each who
/// waits for some, and no more of these than the pace allows, however many come.
/// </summary>
[UnsupportedOSPlatform("browser")]
internal sealed class TraceVoice(MaltenClient client, Enc2Keys keys, TraceFrames frames, TimeProvider time) : IDisposable
{
    private const int MostUrgent = 256;
    private const int Saved = 1024; // frames to hand over at once

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1) / 32;

    private readonly Lock _gate = new();
    private readonly Queue<(string? To, byte[] Frame)> _urgent = [];
    private readonly Queue<(string To, IEnumerator<byte[]> Frames)> _handing = [];
    private readonly TracePace _pace = new(time, Saved, Every);
    private readonly SemaphoreSlim _called = new(0);
    private (string Session, string Listener)? _connection;

    /// <summary>A connection is open: what is said from now on is said by its listener.</summary>
    public void Open(string session, string listener)
    {
        Close();
        lock (_gate) _connection = (session, listener);
    }

    /// <summary>The connection is lost, and with it all that has not been said.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _connection = null;
            _urgent.Clear();
            _handing.Clear();
        }
    }

    /// <summary>Says a frame to a listener, or to all.</summary>
    public void Say(byte[] frame, string? to = null)
    {
        lock (_gate)
            if (_connection is not null && _urgent.Count < MostUrgent) _urgent.Enqueue((to, frame));
        _called.Release();
    }

    /// <summary>Hands frames to a listener, one after another, beside what others are handed.</summary>
    public void HandOver(string to, IEnumerable<byte[]> all)
    {
        lock (_gate)
            if (_connection is not null && _handing.All(one => one.To != to)) _handing.Enqueue((to, all.GetEnumerator()));
        _called.Release();
    }

    /// <summary>Says what there is to say, until it is cancelled.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SayAsync(stop)));

    public void Dispose() => _called.Dispose();

    /// <summary>One of several that speak: whoever takes nothing for a while holds up one of them.</summary>
    private async Task SayAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var (next, wait) = Next();
                if (next is { } said) await SayAsync(said, stop).ConfigureAwait(false);
                else await _called.WaitAsync(wait, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // nobody listens any more
        }
    }

    /// <summary>What to say next; else how long to wait for something.</summary>
    private ((string Session, string Listener, string? To, byte[] Frame, IEnumerator<byte[]>? More)? Next, TimeSpan Wait) Next()
    {
        lock (_gate)
        {
            if (_connection is not var (session, listener)) return (null, Timeout.InfiniteTimeSpan);
            if (_urgent.TryDequeue(out var urgent)) return ((session, listener, urgent.To, urgent.Frame, null), default);
            while (_handing.Count > 0)
            {
                if (_pace.Wait is { Ticks: > 0 } wait) return (null, wait);
                var (to, rest) = _handing.Dequeue();
                if (!rest.MoveNext()) continue;
                _pace.Take();
                return ((session, listener, to, rest.Current, rest), default);
            }

            return (null, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task SayAsync((string Session, string Listener, string? To, byte[] Frame, IEnumerator<byte[]>? More) said, CancellationToken stop)
    {
        try
        {
            var text = frames.Seal(said.Listener, said.To ?? "", said.Frame);
            await client.SignalAsync(said.Session, keys.Stream, text, said.To, stop).ConfigureAwait(false);
            if (said.More is null) return;
            lock (_gate)
                if (_connection?.Session == said.Session) _handing.Enqueue((said.To!, said.More));
            _called.Release();
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // this client is gone
        }
        catch (Exception lost) when (lost is MaltenException or ObjectDisposedException)
        {
            // this connection or that listener is gone, or no node answers: whoever lacks something asks again
        }
    }
}
