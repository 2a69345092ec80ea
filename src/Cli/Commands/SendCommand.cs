using System.CommandLine;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary><c>malten send</c>: files to whoever opens the link first, encrypted end to end.</summary>
internal static class SendCommand
{
    public const string Example = "malten send photo.jpg notes.txt      # prints a link, for which 'malten receive' asks on the other machine";

    private static readonly Argument<string[]> Files = new("file") { Description = "The files", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<bool> Qr = new("--qr") { Description = "Draw the link as a QR code, for a phone" };
    private static readonly LinkOptions Links = new("A file with the link of a pipe that the other side began; without one, a link is made");

    public static System.CommandLine.Command New()
    {
        var command = new System.CommandLine.Command("send", "Send files to whoever opens the link first") { Files, Qr };
        Links.AddTo(command);
        command.SetAction(SendAsync);
        return command;
    }

    private static async Task<int> SendAsync(ParseResult line, CancellationToken stop)
    {
        var isJson = ConnectionOptions.IsJson(line);
        if (line.GetRequiredValue(Files).Length > FileTransfers.MostOpen)
            throw new UsageException($"At most {FileTransfers.MostOpen} files are sent at once: send an archive of them, or use 'tar c . | malten pipe'.");
        FileToSend[] files = [.. line.GetRequiredValue(Files).Select(Open)];
        var names = files.GroupBy(file => SafeFileName.Of(file.Description.Name), StringComparer.OrdinalIgnoreCase);
        if (names.FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new UsageException($"Two of the files are called '{twice.Key}' at the other side: one would take the other's place.");
        var link = Links.Find(line);
        if (link is not (null or PipeLink)) throw new UsageException("This link opens no pipe.");
        await using var output = StandardOutput.OpenForReports();
        using var client = ConnectionOptions.NewClient(line, link?.Node);
        var pipe = link is PipeLink given ? client.Join(given) : await client.InviteAsync(null, FilePipe.Lifetime, stop);
        if (link is null) PrintLink(output, pipe.Link!, line, isJson);
        await using var connected = new ConnectedPipe(pipe, FilePipe.Tell(output, isJson), stop);
        await using var transfers = await FilePipe.BeginAsync(connected);
        if (transfers is null) return await FilePipe.ReportAsync(connected, "sent");
        var sent = transfers.Offer(files);
        await FileProgress.ShowAsync(sent, FilePipe.NameOf, EndAsync(sent, stop));
        stop.ThrowIfCancellationRequested();
        var report = new FileReport(output, isJson, connected);
        foreach (var file in sent) await report.AddAsync(file);
        await FilePipe.CompleteAsync(transfers, stop);
        return report.End();
    }

    private static FileToSend Open(string path)
    {
        if (Directory.Exists(path)) throw new UsageException($"'{path}' is a folder: send an archive of it, or use 'tar c . | malten pipe'.");
        try
        {
            return FileToSend.Of(path);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new IOException(refused.Message, refused);
        }
        catch (NotSupportedException endless)
        {
            throw new UsageException($"{endless.Message} Save it to a file first, or use 'malten pipe'.");
        }
    }

    private static void PrintLink(StandardOutput output, PipeLink link, ParseResult line, bool isJson)
    {
        var text = link.ToText();
        if (line.GetValue(Qr)) output.WriteLine(QrCode.Draw(text));
        output.WriteLine(isJson ? JsonLine.Of(link, text) : text);
        if (output.Failure is { } unread) throw new IOException($"Nobody has got the link: {unread.Message}", unread);
    }

    /// <summary>Ends when none of them is under way any more.</summary>
    private static async Task EndAsync(IReadOnlyList<SentFile> sent, CancellationToken stop) =>
        await Task.WhenAny(Task.WhenAll(sent.Select(file => file.Completion)), Task.Delay(Timeout.Infinite, stop));
}
