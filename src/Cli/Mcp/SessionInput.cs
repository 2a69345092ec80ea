namespace Malten.Cli.Mcp;

/// <summary>Standard input as a session reads it: it tells of its end, and reading can be cancelled.</summary>
/// <param name="input">Standard input.</param>
/// <param name="ended">Called at its end.</param>
internal sealed class SessionInput(Stream input, Action ended) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Note(await input.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken)); // a terminal's or a pipe's can't be cancelled

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Note(input.Read(buffer, offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Note(int read)
    {
        if (read == 0) ended();
        return read;
    }
}
