using System.CommandLine;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary><c>malten receive</c>: what <c>malten send</c> or a page offers, into a folder.</summary>
internal static class ReceiveCommand
{
    public const string Example = "malten receive --link-file files.link --to ~/Downloads";

    private static readonly Argument<string?> Link = new("link")
    {
        Description = "What 'malten send' printed; better in a file, in $MALTEN_LINK or at the prompt", Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string> To = new("--to", "-o")
    {
        Description = "Where the files go: a folder", HelpName = "folder", DefaultValueFactory = _ => ".",
    };

    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Take all files without asking" };
    private static readonly Option<bool> Force = new("--force") { Description = "Replace files that have the same names" };
    private static readonly LinkOptions Links = new("A file with the link");

    public static System.CommandLine.Command New()
    {
        var command = new System.CommandLine.Command("receive", "Receive files, each checked to be whole") { Link, To, Yes, Force };
        Links.AddTo(command);
        command.SetAction(ReceiveAsync);
        return command;
    }

    private static async Task<int> ReceiveAsync(ParseResult line, CancellationToken stop)
    {
        var isJson = ConnectionOptions.IsJson(line);
        var folder = Path.GetFullPath(line.GetRequiredValue(To));
        CheckFolder(folder);
        if (!line.GetValue(Yes) && (isJson || Console.IsInputRedirected || Console.IsErrorRedirected))
            throw new UsageException("Nobody can be asked here whether to take the files: use --yes. The link was not used.");
        if (Links.Require(line, line.GetValue(Link)) is not PipeLink link) throw new UsageException("This link opens no pipe.");
        await using var output = StandardOutput.OpenForReports();
        using var client = ConnectionOptions.NewClient(line, link.Node);
        await using var connected = new ConnectedPipe(client.Join(link), FilePipe.Tell(output, isJson), stop);
        await using var transfers = await FilePipe.BeginAsync(connected);
        var offers = transfers is null ? [] : await OffersAsync(transfers, stop);
        if (transfers is null || offers.Count == 0) return await FilePipe.ReportAsync(connected, "received");
        if (isJson) foreach (var offer in offers) output.WriteLine(JsonLine.Of(offer));
        var report = new FileReport(output, isJson, connected);
        var isWanted = await MayTakeAsync(line, offers, folder, stop);
        if (isWanted) await SaveAsync(line, report, offers, folder, stop);
        else foreach (var offer in offers) offer.Decline();
        await FilePipe.CompleteAsync(transfers, stop);
        return isWanted ? report.End() : ExitCode.Refused;
    }

    /// <summary>Everything that can go wrong with a folder goes wrong before the link is used.</summary>
    private static void CheckFolder(string folder)
    {
        if (!Directory.Exists(folder)) throw new UsageException("--to names a folder that exists.");
        try
        {
            var path = Path.Combine(folder, $".malten-{Guid.NewGuid():N}");
            File.Open(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose }).Dispose();
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--to names a folder that can be written to. The link was not used. {unwritable.Message}");
        }
    }

    /// <summary>What is offered together and was not taken back; nothing when the other side leaves before.</summary>
    private static async Task<List<FileOffer>> OffersAsync(FileTransfers transfers, CancellationToken stop)
    {
        var offers = new List<FileOffer>();
        await foreach (var offer in transfers.ListenAsync(stop))
        {
            offers.Add(offer);
            if (!offer.IsLast) continue;
            offers.RemoveAll(one => one.Completion.IsCompleted);
            if (offers.Count > 0) return offers;
        }

        return [];
    }

    private static async Task<bool> MayTakeAsync(ParseResult line, List<FileOffer> offers, string folder, CancellationToken stop)
    {
        if (line.GetValue(Yes)) return true;
        var all = (long)Math.Min(long.MaxValue, offers.Sum(offer => (decimal)offer.Description.Size)); // as many as nobody has
        foreach (var offer in offers) await Console.Error.WriteLineAsync($"  {Describe(line, offer, offers, folder)}");
        await Console.Error.WriteAsync($"Save {(offers.Count == 1 ? "it" : $"these {offers.Count} files, {ByteSize.Of(all)},")} in {folder}? [y/N] ");
        return (await Task.Run(Console.ReadLine, CancellationToken.None).WaitAsync(stop))?.Trim() is ['y' or 'Y', ..];
    }

    private static string Describe(ParseResult line, FileOffer offer, List<FileOffer> offers, string folder)
    {
        var (name, type) = (offer.SafeName, Printable.Line(offer.Description.Type));
        var described = $"'{name}'  {(type.Length > 0 ? type : "of no known type")}  {ByteSize.Of(offer.Description.Size)}";
        if (HasNameOfAnother(offer, offers)) return $"{described}  (another one has this name: this one is not taken)";
        var isThere = File.Exists(Path.Combine(folder, name));
        var isForced = line.GetValue(Force);
        return described + (!isThere ? "" : isForced ? "  (replaces the one that is there)"
            : "  (there is one: it stays, and this one is not taken without --force)");
    }

    /// <summary>Whether one before it has its name, and so would lose its place to it. Some disks make no difference between large and small letters.</summary>
    private static bool HasNameOfAnother(FileOffer offer, List<FileOffer> offers) =>
        offers.TakeWhile(before => before != offer).Any(before => before.SafeName.Equals(offer.SafeName, StringComparison.OrdinalIgnoreCase));

    private static async Task SaveAsync(ParseResult line, FileReport report, List<FileOffer> offers, string folder, CancellationToken stop)
    {
        var later = new List<Func<Task>>(); // on a terminal, the bars would be drawn over it
        var saving = Task.Run(async () =>
        {
            foreach (var offer in offers)
            {
                try
                {
                    if (HasNameOfAnother(offer, offers)) Refuse(offer);
                    var path = await offer.SaveAsync(folder, line.GetValue(Force), stop);
                    await ReportAsync(() =>
                    {
                        report.Add(offer, path);
                        return Task.CompletedTask;
                    }, isOutput: true);
                }
                catch (IOException failed)
                {
                    stop.ThrowIfCancellationRequested(); // that is how it was lost
                    await ReportAsync(() => report.FailAsync(offer, failed), ConnectionOptions.IsJson(line));
                }
            }
        }, CancellationToken.None);
        try
        {
            await FileProgress.ShowAsync(offers, FilePipe.NameOf, saving);
        }
        finally
        {
            foreach (var reportAsync in later) await reportAsync(); // also what came before it was stopped
        }

        Task ReportAsync(Func<Task> reportAsync, bool isOutput)
        {
            if (Console.IsErrorRedirected || (isOutput && Console.IsOutputRedirected)) return reportAsync();
            later.Add(reportAsync);
            return Task.CompletedTask;
        }
    }

    private static void Refuse(FileOffer offer)
    {
        offer.Decline();
        throw new IOException("Another file of this offer has this name already.");
    }
}
