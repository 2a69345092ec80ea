using System.CommandLine;
using Malten.Cli.Output;
using Malten.Client;
using Spectre.Console;

namespace Malten.Cli.Commands;

/// <summary><c>malten streams</c>: the public streams, once or as a table that lives.</summary>
internal static class StreamsCommand
{
    public const string Example = "malten streams --watch";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private static readonly Option<string> Prefix = new("--prefix") { Description = "Only names that begin with this text", HelpName = "text" };
    private static readonly Option<int> Limit = new("--limit") { Description = "List at most this many", HelpName = "number", DefaultValueFactory = _ => 1024 };
    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Keep the table up to date, on a terminal" };

    public static System.CommandLine.Command New()
    {
        var command = new System.CommandLine.Command("streams", "List the public streams, the last used first") { Prefix, Limit, Watch };
        command.SetAction(ListAsync);
        return command;
    }

    private static async Task<int> ListAsync(ParseResult line, CancellationToken stop)
    {
        using var client = ConnectionOptions.NewClient(line);
        var isTerminal = !Console.IsOutputRedirected && !ConnectionOptions.IsJson(line);
        if (line.GetValue(Watch) && !isTerminal) throw new UsageException("--watch needs a terminal, and goes without --json.");
        var list = await ReadAsync(line, client, stop);
        if (!isTerminal)
        {
            await using var output = StandardOutput.Open();
            foreach (var stream in list) output.WriteLine(ConnectionOptions.IsJson(line) ? JsonLine.Of(stream) : StreamTable.Line(stream));
            return ExitCode.Done;
        }

        if (!line.GetValue(Watch)) AnsiConsole.Write(StreamTable.Of(list, Rows()));
        else await AnsiConsole.Live(StreamTable.Of(list, Rows())).StartAsync(live => WatchAsync(live, line, client, stop));
        return ExitCode.Done;
    }

    private static async Task WatchAsync(LiveDisplayContext live, ParseResult line, MaltenClient client, CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Period, stop);
            live.UpdateTarget(StreamTable.Of(await ReadAsync(line, client, stop), Rows()));
        }
    }

    private static Task<IReadOnlyList<ListedStream>> ReadAsync(ParseResult line, MaltenClient client, CancellationToken stop) =>
        client.ListStreamsAsync(line.GetValue(Prefix), line.GetValue(Limit), stop);

    /// <summary>As many as the terminal shows below the table's head; all, where it does not say.</summary>
    private static int Rows() => AnsiConsole.Profile.Height > 6 ? AnsiConsole.Profile.Height - 5 : int.MaxValue;
}
