using Malten.Bench.Load.Checks;
using Malten.Bench.Load.Http;

namespace Malten.Bench.Load.Engine;

/// <summary>One open connection that hears a stream's server-sent events.</summary>
internal sealed class Listener(
    int port, byte[] readyMark, SequenceCheck check, Progress progress, int index, Tally tally, MeasuringWindow window)
    : Connection(port)
{
    private byte[] _rest = [];
    private int _restLength;
    private ChunkedDecoder _chunks;
    private bool _hasHead;
    private bool _isChunked;
    private bool _isReady;
    private int _markAt;

    public SequenceCheck Check { get; } = check;

    public void Ask(byte[] request) => Send(request);

    public override bool OnReadable(Span<byte> buffer)
    {
        _rest.AsSpan(0, _restLength).CopyTo(buffer);
        var read = Libc.Receive(Descriptor, buffer[_restLength..]);
        if (read <= 0) return read < 0;

        var now = Clock.Now;
        var content = buffer[..(_restLength + read)];
        var undecoded = _restLength;
        if (!_hasHead)
        {
            if (!ResponseHead.TryRead(content, out var head)) return Keep(content);
            Accept(head);
            content = content[head.Length..];
            undecoded = 0;
        }

        if (_isChunked) content = content[..(undecoded + _chunks.Decode(content[undecoded..]))];
        var deliveries = 0;
        for (int end; (end = content.IndexOf("\n\n"u8)) >= 0; content = content[(end + 2)..])
            if (Deliver(content[..end], now)) deliveries++;

        if (deliveries > 0) progress.Set(index, Check.Passed);
        tally.AddRead(read, deliveries);
        return Keep(content) && !_chunks.IsEnded;
    }

    public override void OnEnded(string why) => tally.AddEnded(why);

    private void Accept(ResponseHead head)
    {
        if (head.Status != 200) throw new InvalidDataException($"a listener got status {head.Status}");
        (_hasHead, _isChunked) = (true, head.IsChunked);
    }

    private bool Deliver(ReadOnlySpan<byte> frame, long now)
    {
        // The mark is usually at the same offset as in the previous message.
        if (_markAt >= frame.Length || frame[_markAt] != MessageText.Mark) _markAt = frame.IndexOf(MessageText.Mark);
        if (_markAt < 0)
        {
            _markAt = 0;
            Note(frame);
            return false;
        }

        var (key, intended) = MessageText.Read(frame[_markAt..]);
        Check.Add(key);
        if (window.IsOpen) tally.Record(key, now - intended);
        return true;
    }

    private void Note(ReadOnlySpan<byte> frame)
    {
        if (frame.IndexOf("\"gap\""u8) >= 0) tally.Gaps++;
        if (_isReady || frame.IndexOf(readyMark) < 0) return;
        _isReady = true;
        tally.AddReady();
    }

    private bool Keep(ReadOnlySpan<byte> rest)
    {
        if (_rest.Length < rest.Length) _rest = new byte[Math.Max(512, rest.Length)];
        rest.CopyTo(_rest);
        _restLength = rest.Length;
        return true;
    }
}
