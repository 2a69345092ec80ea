namespace Malten.Client.Connections;

/// <summary>
/// Passes on the bytes of server-sent events, and fails when one event is too long: a parser has to hold an event whole, and
/// whoever sends it decides where it ends. Reports when it begins and when it ends to wait for bytes.
/// </summary>
internal sealed class BoundedEventStream(Stream inner, int longestEvent, Action waits, Action arrived) : Stream
{
    private int _length; // of the event, up to here
    private bool _atLineStart = true;
    private bool _afterReturn;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="InvalidDataException">An event is too long.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        waits();
        var count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        arrived();
        Measure(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>A line ends with CR, LF or both; an event ends with an empty line.</summary>
    private void Measure(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
            var line = end < 0 ? bytes.Length : end;
            if (line > 0) (_atLineStart, _afterReturn) = (false, false);
            if ((_length += line) > longestEvent) throw new InvalidDataException($"An event is longer than {longestEvent} bytes.");
            if (end < 0) return;
            EndLine(bytes[end]);
            bytes = bytes[(end + 1)..];
        }
    }

    private void EndLine(byte end)
    {
        var isSecondHalf = end == '\n' && _afterReturn;
        _afterReturn = end == '\r';
        if (isSecondHalf) return;
        if (_atLineStart) _length = 0;
        else _length++; // fields without content are kept, too
        _atLineStart = true;
    }
}
