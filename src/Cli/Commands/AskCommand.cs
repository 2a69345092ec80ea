using System.CommandLine;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary><c>malten ask</c>: sends a command and prints its answer.</summary>
internal static class AskCommand
{
    public const string Example = "malten ask lunch 'Where did we want to meet?'";

    public static System.CommandLine.Command New()
    {
        var stream = new Argument<string>("stream") { Description = "The stream, or a link to an open one" };
        var prompt = new Argument<string>("prompt") { Description = "1 to 1024 characters" };
        var patience = new Option<double>("--wait") { Description = "How long to wait for an answer", HelpName = "seconds", DefaultValueFactory = _ => 60 };
        var command = new System.CommandLine.Command("ask", "Ask whatever listens and print its answer") { stream, prompt, patience };
        command.SetAction(async (line, stop) =>
        {
            if (line.GetValue(patience) is not (> 0 and <= 86_400)) throw new UsageException("--wait takes more than 0 and up to 86400 seconds.");
            var source = StreamSource.Of(line.GetRequiredValue(stream));
            if (source.Link is not null) throw new UsageException("Servers can't read an encrypted stream, so nothing answers there.");
            using var client = ConnectionOptions.NewClient(line, source.Node);
            await using var output = StandardOutput.Open();
            var options = new AskOptions { Patience = TimeSpan.FromSeconds(line.GetValue(patience)) };
            await foreach (var item in client.AskAsync(source.Names[0], line.GetRequiredValue(prompt), options, stop))
            {
                if (item is not Message answer) continue;
                output.WriteLine(ConnectionOptions.IsJson(line) ? JsonLine.Of(answer)! : Printable.Text(answer.Text));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
