using System.Runtime.Versioning;

namespace Malten.Client;

/// <summary>Takes a stream of bytes, cut anywhere, and gives the frames in it, one after the other.</summary>
/// <param name="take">Is given each frame; its content is overwritten by the next.</param>
[UnsupportedOSPlatform("browser")]
internal sealed class FrameReader(Func<FileFrame, CancellationToken, ValueTask> take) : Stream
{
    private readonly byte[] _frame = new byte[FileFrame.HeaderLength + FileFrame.LongestContent];
    private int _length; // of what has come of the frame

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <exception cref="InvalidDataException">These are no frames.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            var missing = _length < FileFrame.HeaderLength ? FileFrame.HeaderLength : FileFrame.HeaderLength + FileFrame.ReadLength(_frame);
            var count = Math.Min(buffer.Length, missing - _length);
            buffer[..count].CopyTo(_frame.AsMemory(_length));
            (_length, buffer) = (_length + count, buffer[count..]);
            if (_length < FileFrame.HeaderLength || _length < FileFrame.HeaderLength + FileFrame.ReadLength(_frame)) continue;
            var whole = _frame.AsMemory(0, _length);
            _length = 0;
            await take(FileFrame.Read(whole), cancellationToken).ConfigureAwait(false);
        }
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
