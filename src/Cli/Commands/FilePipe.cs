using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary>What <c>send</c> and <c>receive</c> have in common.</summary>
internal static class FilePipe
{
    /// <summary>For how long nobody may open the link, or say yes.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Tells on a terminal that both are there, and always when somebody tries to step in.</summary>
    public static Action<StreamItem> Tell(StandardOutput output, bool isJson) => item =>
    {
        if (isJson && item is PipeOpened or PipeWarning) output.WriteLine(JsonLine.Of(item)!);
        else if (item is PipeWarning || (item is PipeOpened && !Console.IsErrorRedirected)) Console.Error.WriteLine($"malten: {item}");
    };

    /// <summary>Says that a file was not transferred, and returns the exit code for that.</summary>
    public static int Fail(StandardOutput output, bool isJson, string name, Exception failed)
    {
        if (isJson) output.WriteLine(JsonLine.OfFailedFile(name, failed));
        else Console.Error.WriteLine($"malten: '{name}': {Printable.Line(failed.Message)}");
        return failed is FileTransferException { Fault: FileFault.Mismatch } ? ExitCode.Mismatch : ExitCode.Refused;
    }

    /// <summary>Waits until the other side has heard all that this one has said, if it is still there.</summary>
    public static async Task CompleteAsync(FileTransfers files, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            await files.CompleteAsync(patience.Token);
        }
        catch (Exception over) when (over is FileTransferException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            // it has left, and knew all that it needed
        }
    }
}
