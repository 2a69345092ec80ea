using System.Threading.Channels;
using BytePipe = System.IO.Pipelines.Pipe;

namespace Malten.Client.Tests;

/// <summary>The joiner of a pair, who says whatever a test wants.</summary>
internal sealed class LyingPeer : IAsyncDisposable
{
    private readonly BytePipe _there = new();
    private readonly BytePipe _back = new();
    private readonly Channel<FileFrame> _heard = Channel.CreateUnbounded<FileFrame>();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _hearing;

    public LyingPeer()
    {
        Honest = new FileTransfers(true, (source, stop) => FilePair.SendAsync(source, _there, stop), (sink, stop) => FilePair.ReceiveAsync(_back, sink, stop));
        var reader = new FrameReader((frame, stop) => _heard.Writer.WriteAsync(frame with { Content = frame.Content.ToArray() }, stop));
        _hearing = FilePair.ReceiveAsync(_there, reader, _stop.Token);
    }

    /// <summary>The inviter, who keeps to the protocol.</summary>
    public FileTransfers Honest { get; }

    public Task SayAsync(FileFrame frame) => SayAsync(frame.ToArray());

    public async Task SayAsync(byte[] bytes) => await _back.Writer.WriteAsync(bytes);

    /// <summary>The next thing that the honest side says of a kind.</summary>
    public async Task<FileFrame> HearAsync(params FileFrameType[] types)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var frame = await _heard.Reader.ReadAsync(limit.Token);
            if (types.Contains(frame.Type)) return frame;
        }
    }

    /// <summary>Offers a file, as if it were honest.</summary>
    public async Task<FileOffer> OfferAsync(string name, long size, uint number = 1)
    {
        await SayAsync(FileFrame.Offer(number, new FileDescription(name, "", size), isLast: true));
        return await Honest.NextOfferAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _hearing.ContinueWith(static _ => { }, TaskScheduler.Default);
        await Honest.DisposeAsync();
        _stop.Dispose();
    }
}

/// <summary>Short ways to say things about files.</summary>
internal static class FileActs
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<FileOffer> NextOfferAsync(this FileTransfers files)
    {
        using var limit = new CancellationTokenSource(Patience);
        return await files.ListenAsync(limit.Token).FirstAsync(limit.Token);
    }

    public static FileToSend File(string name, byte[] content, long? said = null) =>
        new(new FileDescription(name, "application/octet-stream", said ?? content.Length), () => new MemoryStream(content, writable: false));

    public static async Task<FileFault> FaultAsync(this Task transfer) =>
        (await Assert.ThrowsAsync<FileTransferException>(() => transfer.WaitAsync(Patience))).Fault;
}
