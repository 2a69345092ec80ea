using System.Runtime.Versioning;
using System.Threading.Channels;

namespace Malten.Client;

/// <summary>
/// Frames on their way out, read as a stream of bytes, one frame at a time. What is said about files goes ahead of what they hold, so that nobody waits for
/// an answer behind data.
/// </summary>
[UnsupportedOSPlatform("browser")]
internal sealed class FrameQueue : Stream
{
    private const int MostData = 4; // frames: the bytes of the pipe keep enough

    private readonly Channel<byte[]> _words = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Channel<byte[]> _data = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MostData) { SingleReader = true });
    private ReadOnlyMemory<byte> _rest; // of a frame that was longer than what was asked for

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Says something about a file. Nothing happens once the queue has been completed.</summary>
    public void Say(FileFrame frame) => _words.Writer.TryWrite(frame.ToArray());

    /// <summary>Sends what belongs to the content of a file, in order; waits while much is under way.</summary>
    /// <exception cref="ChannelClosedException">The queue has been completed.</exception>
    public ValueTask SendAsync(FileFrame frame, CancellationToken cancellationToken) => _data.Writer.WriteAsync(frame.ToArray(), cancellationToken);

    /// <summary>Ends the stream after the frames that are here.</summary>
    public void Complete()
    {
        _words.Writer.TryComplete();
        _data.Writer.TryComplete();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_rest.IsEmpty)
        {
            if (_words.Reader.TryRead(out var frame) || _data.Reader.TryRead(out frame)) _rest = frame;
            else if (!await AnyAsync(cancellationToken).ConfigureAwait(false)) return 0;
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush()
    {
    }

    /// <summary>Waits for a frame; false when there will be none.</summary>
    private async ValueTask<bool> AnyAsync(CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (word, data) = (_words.Reader.WaitToReadAsync(enough.Token).AsTask(), _data.Reader.WaitToReadAsync(enough.Token).AsTask());
        var first = await Task.WhenAny(word, data).ConfigureAwait(false);
        var any = await first.ConfigureAwait(false) || await word.ConfigureAwait(false) || await data.ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        return any;
    }
}
