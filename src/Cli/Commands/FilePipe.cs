using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary>What <c>send</c> and <c>receive</c> have in common.</summary>
internal static class FilePipe
{
    /// <summary>For how long nobody may open the link, or say yes.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1); // where a node has died, both sides look for another first
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    /// <summary>Tells on a terminal that both are there, and always when somebody tries to step in.</summary>
    public static Action<StreamItem> Tell(StandardOutput output, bool isJson) => item =>
    {
        if (isJson && item is PipeOpened or PipeWarning) output.WriteLine(JsonLine.Of(item)!);
        else if (item is PipeWarning || (item is PipeOpened && !Console.IsErrorRedirected)) Console.Error.WriteLine($"malten: {item}");
    };

    /// <summary>Waits until both are there, and begins; null when the pipe is over before.</summary>
    public static async Task<FileTransfers?> BeginAsync(ConnectedPipe connected)
    {
        if (!await connected.OpensAsync()) return null;
        try
        {
            return connected.Pipe.TransferFiles();
        }
        catch (InvalidOperationException)
        {
            return null; // the other side has left at once
        }
    }

    /// <summary>Says that nothing was transferred, and why; returns the exit code for that.</summary>
    /// <param name="done">What was not done.</param>
    public static async Task<int> ReportAsync(ConnectedPipe connected, string done)
    {
        await Console.Error.WriteLineAsync($"malten: nothing was {done}. {await ClosedAsync(connected)}".TrimEnd());
        return ExitCode.Refused;
    }

    /// <summary>How a pipe ended that is about to end; null when it does not.</summary>
    /// <exception cref="MaltenException">This ended it.</exception>
    public static async Task<PipeClosed?> ClosedAsync(ConnectedPipe connected)
    {
        try
        {
            return await connected.Closed.WaitAsync(Farewell);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>What a file is called before people.</summary>
    public static string NameOf(FileTransfer file) => file is FileOffer offer ? offer.SafeName : Printable.Line(file.Description.Name);

    /// <summary>Waits until the other side has heard all that this one has said, if it is still there.</summary>
    public static async Task CompleteAsync(FileTransfers files, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            await files.CompleteAsync(patience.Token);
        }
        catch (Exception over) when (over is FileTransferException or OperationCanceledException)
        {
            stop.ThrowIfCancellationRequested();
            // it has left, and knew all that it needed
        }
    }
}
