using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary>Says how each file ended, and finds the exit code for all of them: the worst.</summary>
internal sealed class FileReport(StandardOutput output, bool isJson, ConnectedPipe connected)
{
    private int _code = ExitCode.Done;
    private Task<PipeClosed?>? _closed; // waited for once, however many files were lost

    /// <summary>A file that the other side has, or has not.</summary>
    public async Task AddAsync(SentFile sent)
    {
        if (sent.Completion.Exception is { } failed) await FailAsync(sent, (IOException)failed.InnerException!);
        else if (isJson) output.WriteLine(JsonLine.Of(sent));
    }

    /// <summary>A file that is here.</summary>
    public void Add(FileOffer received, string path) => output.WriteLine(isJson ? JsonLine.Of(received, path) : path);

    /// <summary>A file that was not transferred.</summary>
    public async Task FailAsync(FileTransfer file, IOException failed)
    {
        var (why, code) = await ExplainAsync(failed);
        _code = Math.Max(_code, code);
        if (isJson) output.WriteLine(JsonLine.OfFailedFile(file.Description.Name, failed, why));
        else await Console.Error.WriteLineAsync($"malten: '{FilePipe.NameOf(file)}': {Printable.Line(why)}");
    }

    /// <summary>The exit code. Nobody has to read what was done; but what a full disk has not taken is missed.</summary>
    public int End()
    {
        if (output.Failure is not { } unwritten || StandardOutput.IsBroken(unwritten)) return _code;
        Console.Error.WriteLine($"malten: {Printable.Line(unwritten.Message)}");
        return Math.Max(_code, ExitCode.Refused);
    }

    private async Task<(string Why, int Code)> ExplainAsync(IOException failed)
    {
        switch (failed)
        {
            case FileTransferException { Fault: FileFault.Mismatch }:
                return (failed.Message, ExitCode.Mismatch);
            case FileTransferException { Fault: FileFault.Lost, InnerException: OperationCanceledException or InvalidOperationException or MaltenException }:
                return await ExplainEndAsync(failed);
            case FileTransferException { InnerException: { } inner }:
                return ($"{failed.Message} {inner.Message}", ExitCode.Refused);
            default:
                return (failed.Message, ExitCode.Refused);
        }
    }

    /// <summary>The pipe is over: it says why.</summary>
    private async Task<(string Why, int Code)> ExplainEndAsync(IOException failed)
    {
        try
        {
            var closed = await (_closed ??= FilePipe.ClosedAsync(connected));
            if (closed is null && failed.InnerException is MaltenException refused) return Explain(refused);
            return ($"{failed.Message} {closed}".TrimEnd(), ExitCode.Refused);
        }
        catch (MaltenException ended)
        {
            return Explain(ended);
        }

        (string Why, int Code) Explain(MaltenException ended) => ($"{failed.Message} {ended.Message}", ExitCode.Of(ended));
    }
}
