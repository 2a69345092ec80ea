using System.CommandLine;
using Malten.Cli.Output;

namespace Malten.Cli.Commands;

/// <summary><c>malten on</c>: runs a program for each message.</summary>
internal static class OnCommand
{
    public const string Example = "malten on doorbell -- notify-send 'Somebody is at the door'";

    private static readonly Argument<string> Stream = new("stream") { Description = "The stream; left out where a link takes its place" };

    private static readonly Argument<string[]> Program = new("command")
    {
        Description = "After '--': a program and its arguments. It reads the text on standard input; MALTEN_USER, "
            + "MALTEN_STREAM, MALTEN_ID and MALTEN_CREATED tell the rest, MALTEN_AUTHOR and MALTEN_FINDINGS of encrypted ones. No shell is involved",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> StopOnError = new("--stop-on-error") { Description = "End with code 1 when the program fails; else go on" };

    public static System.CommandLine.Command New()
    {
        var (options, links) = (new ListeningOptions(), new LinkOptions());
        var command = new System.CommandLine.Command("on", "Run a program for each message, one after another") { Stream, Program, StopOnError };
        options.AddTo(command);
        links.AddTo(command);
        command.SetAction(async (line, stop) =>
        {
            string[] words = [line.GetRequiredValue(Stream), .. line.GetValue(Program) ?? []];
            var link = links.Find(line);
            var source = link is null ? StreamSource.Of(line, links, words[0]) : StreamSource.Of(link);
            string[] command = link is null ? words[1..] : words;
            if (command.Length == 0) throw new UsageException("Name a program to run, after '--'.");
            using var client = ConnectionOptions.NewClient(line, source.Node);
            var program = new MessageProgram(command);
            var notices = new Notices(showsConnections: !Console.IsErrorRedirected);
            await foreach (var item in options.ListenAsync(line, client, source, stop))
            {
                notices.Print(item);
                if (MessageEnvironment.Of(item) is not { } message) continue;
                if (await program.RunAsync(message, stop) is not { } failed) continue;
                await Console.Error.WriteLineAsync($"malten: {failed}");
                if (line.GetValue(StopOnError)) return ExitCode.Refused;
            }

            return ExitCode.Done;
        });
        return command;
    }
}
