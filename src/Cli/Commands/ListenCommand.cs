using System.CommandLine;
using Malten.Cli.Output;

namespace Malten.Cli.Commands;

/// <summary><c>malten listen</c>: prints what is said.</summary>
internal static class ListenCommand
{
    public const string Example = "malten listen news weather --user ann";

    public static System.CommandLine.Command New()
    {
        var streams = new Argument<string[]>("stream") { Description = "The streams to hear, up to 32; or a link", Arity = ArgumentArity.ZeroOrMore };
        var (options, links) = (new ListeningOptions(), new LinkOptions());
        var command = new System.CommandLine.Command("listen", "Print messages as they come") { streams };
        options.AddTo(command);
        links.AddTo(command);
        command.SetAction(async (line, stop) =>
        {
            var source = StreamSource.Of(line, links, line.GetValue(streams) ?? []);
            using var client = ConnectionOptions.NewClient(line, source.Node);
            await using var output = StandardOutput.Open();
            var printer = ItemPrinter.For(output, ConnectionOptions.IsJson(line), source.Names.Length > 1);
            await foreach (var item in options.ListenAsync(line, client, source, stop)) printer.Print(item);
            return ExitCode.Done;
        });
        return command;
    }
}
