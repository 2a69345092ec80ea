using System.CommandLine;
using System.Net;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary><c>malten pipe</c>: standard input of one machine is standard output of another, in both directions, encrypted end to end.</summary>
internal static class PipeCommand
{
    public const string Example = "tar c . | malten pipe      # and on the other machine: malten pipe LINK | tar x";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private static readonly Argument<string?> Link = new("link")
    {
        Description = "What the other side printed; better in a file, in $MALTEN_LINK or at the prompt. Without one, a link is made",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> NoInput = new("--no-input") { Description = "Send nothing: standard input is not read" };

    private static readonly LinkOptions Links = new();

    public static System.CommandLine.Command New()
    {
        var command = new System.CommandLine.Command("pipe", "Join standard input and output of two machines") { Link, NoInput };
        Links.AddTo(command);
        command.SetAction(PipeAsync);
        return command;
    }

    private static async Task<int> PipeAsync(ParseResult line, CancellationToken stop)
    {
        var argument = line.GetValue(Link);
        var link = argument is not null ? Links.Require(line, argument) : Links.Find(line);
        if (link is not (null or PipeLink)) throw new UsageException("This link opens no pipe.");
        await using var input = OpenInput(line); // before the link is used up
        using var client = ConnectionOptions.NewClient(line, link?.Node);
        await using var connected = new ConnectedPipe(link is PipeLink given ? client.Join(given) : await client.InviteAsync(null, Lifetime, stop), Tell, stop);
        if (link is null) await Console.Error.WriteLineAsync(connected.Pipe.Link!.ToText());
        if (!await connected.OpensAsync()) return Report(await connected.Closed);
        try
        {
            await TransferAsync(input, connected.Pipe, stop);
        }
        catch (Exception over) when (over is OperationCanceledException or InvalidOperationException && !stop.IsCancellationRequested)
        {
            return Report(await connected.Closed); // or throws what ended it
        }
        catch (TransferStoppedException stopped)
        {
            return Report(stopped.Message); // it may have left as well: whichever is heard first
        }
        catch (MaltenException refused) when (refused.Status == HttpStatusCode.Forbidden)
        {
            return Report(new PipeClosed(PipeEnd.Over)); // no node knows the pipe any more
        }

        return ExitCode.Done;
    }

    private static int Report(PipeClosed closed) => Report(closed.ToString());

    private static int Report(string why)
    {
        Console.Error.WriteLine($"malten: not everything was transferred. {why}");
        return ExitCode.Refused;
    }

    private static void Tell(StreamItem item)
    {
        if (item is PipeWarning || (item is PipeOpened && !Console.IsErrorRedirected)) Console.Error.WriteLine($"malten: {item}");
    }

    private static async Task TransferAsync(Stream input, EncryptedPipe pipe, CancellationToken stop)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var (sent, received) = Console.IsErrorRedirected ? (null, null) : (new TransferProgress("sent"), new TransferProgress("received"));
        await using var output = StandardOutput.OpenStream();
        var (sending, receiving) = (pipe.SendBytesAsync(input, 0, sent, failed.Token), ReceiveAsync(pipe, output, received, failed.Token));
        try
        {
            await await Task.WhenAny(sending, receiving); // a failure of either ends both
            await Task.WhenAll(sending, receiving);
        }
        catch (BrokenPipeException) when (!sending.IsCompletedSuccessfully)
        {
            throw new IOException("Not everything was sent: standard output is no longer read.");
        }
        finally
        {
            await failed.CancelAsync();
        }

        if (await sending is > 0 and var count) sent?.End(count);
        if (await receiving is > 0 and var came) received?.End(came);
    }

    private static async Task<long> ReceiveAsync(EncryptedPipe pipe, Stream output, TransferProgress? progress, CancellationToken stop)
    {
        try
        {
            return await pipe.ReceiveBytesAsync(output, 0, progress, stop);
        }
        catch (IOException closed) when (StandardOutput.IsBroken(closed))
        {
            throw new BrokenPipeException(closed);
        }
    }

    /// <summary>A terminal is read only where somebody sees what the other side answers.</summary>
    private static Stream OpenInput(ParseResult line) => line.GetValue(NoInput) || (!Console.IsInputRedirected && Console.IsOutputRedirected)
        ? Stream.Null : StandardInput.Open();
}
