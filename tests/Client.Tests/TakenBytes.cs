namespace Malten.Client.Tests;

/// <summary>Counts the bytes that a client reads from its connections.</summary>
internal sealed class TakenBytes
{
    private long _count;

    public TakenBytes() => Handler = new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseCookies = false, MaxResponseDrainSize = 0, // as the client's own
        PlaintextStreamFilter = (connection, _) => ValueTask.FromResult<Stream>(new CountingStream(connection.PlaintextStream, this)),
    };

    public SocketsHttpHandler Handler { get; }

    public long Count => Interlocked.Read(ref _count);

    private sealed class CountingStream(Stream inner, TakenBytes taken) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            Interlocked.Add(ref taken._count, count);
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
