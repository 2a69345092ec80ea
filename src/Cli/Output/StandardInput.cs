namespace Malten.Cli.Output;

/// <summary>Standard input, of which reading can be cancelled: a terminal's or a pipe's can't be by itself.</summary>
internal sealed class StandardInput : Stream
{
    private readonly Stream _input;
    private readonly Action? _ended;

    private StandardInput(Stream input, Action? ended) => (_input, _ended) = (input, ended);

    /// <param name="ended">Called at its end.</param>
    /// <exception cref="IOException">It is closed.</exception>
    public static StandardInput Open(Action? ended = null) => Descriptor.IsClosed(0)
        ? throw new IOException("Standard input is closed: give this command something to read there, or /dev/null for nothing.")
        : new StandardInput(Console.OpenStandardInput(), ended);

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
        Note(await _input.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Note(_input.Read(buffer, offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Note(int read)
    {
        if (read == 0) _ended?.Invoke();
        return read;
    }
}
