using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary>A pipe that is listened to in the background, and left at the end: the other side would wait for more.</summary>
internal sealed class ConnectedPipe : IAsyncDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<StreamItem> _tell;

    /// <param name="tell">Is given what comes.</param>
    public ConnectedPipe(EncryptedPipe pipe, Action<StreamItem> tell, CancellationToken stop)
    {
        (Pipe, _tell) = (pipe, tell);
        Closed = ListenAsync(stop);
    }

    public EncryptedPipe Pipe { get; }

    /// <summary>How it ended; what ended it, where that was no farewell.</summary>
    public Task<PipeClosed> Closed { get; }

    /// <summary>Waits until both sides are there; false when it is over before.</summary>
    public async Task<bool> OpensAsync() => await Task.WhenAny(_opened.Task, Closed) != Closed || _opened.Task.IsCompletedSuccessfully;

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Farewell);
        try
        {
            await Pipe.LeaveAsync(patience.Token);
        }
        catch (Exception failed) when (failed is MaltenException or OperationCanceledException)
        {
            // it ends with the pipe's lifetime
        }

        await Pipe.DisposeAsync();
    }

    private async Task<PipeClosed> ListenAsync(CancellationToken stop)
    {
        await foreach (var item in Pipe.ListenAsync(stop))
        {
            Tell(item);
            if (item is PipeOpened) _opened.TrySetResult();
            if (item is PipeClosed closed) return closed;
        }

        throw new OperationCanceledException(stop);
    }

    /// <summary>What can't be told ends no pipe.</summary>
    private void Tell(StreamItem item)
    {
        try
        {
            _tell(item);
        }
        catch (Exception untold) when (untold is IOException or BrokenPipeException)
        {
            // nobody reads it
        }
    }
}
