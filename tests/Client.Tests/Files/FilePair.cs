using BytePipe = System.IO.Pipelines.Pipe;

namespace Malten.Client.Tests;

/// <summary>Two sides that talk about files, with nothing but bytes between them: any carrier that keeps their order will do.</summary>
internal sealed class FilePair : IAsyncDisposable
{
    private readonly BytePipe _there = new();
    private readonly BytePipe _back = new();

    public FilePair()
    {
        Inviter = new FileTransfers(true, (source, stop) => SendAsync(source, _there, stop), (sink, stop) => ReceiveAsync(_back, sink, stop));
        Joiner = new FileTransfers(false, (source, stop) => SendAsync(source, _back, stop), (sink, stop) => ReceiveAsync(_there, sink, stop));
    }

    public FileTransfers Inviter { get; }

    public FileTransfers Joiner { get; }

    public async ValueTask DisposeAsync()
    {
        await Inviter.DisposeAsync();
        await Joiner.DisposeAsync();
    }

    public static async Task SendAsync(Stream source, BytePipe pipe, CancellationToken stop)
    {
        await source.CopyToAsync(pipe.Writer.AsStream(leaveOpen: true), stop);
        await pipe.Writer.CompleteAsync();
    }

    public static Task ReceiveAsync(BytePipe pipe, Stream sink, CancellationToken stop) => pipe.Reader.AsStream().CopyToAsync(sink, 70_001, stop);
}
