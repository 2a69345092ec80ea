using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Malten.Cli.Commands;

/// <summary>The usual help, and an example of the command at its end.</summary>
internal sealed class ExampleHelp : SynchronousCommandLineAction
{
    private const int LeastWidth = 80; // also where nobody says how wide it is

    private static readonly Dictionary<string, string> Examples = new()
    {
        ["listen"] = ListenCommand.Example, ["post"] = PostCommand.Example, ["streams"] = StreamsCommand.Example,
        ["on"] = OnCommand.Example, ["ask"] = AskCommand.Example, ["completion"] = CompletionCommand.Example,
        ["chat"] = ChatCommand.Example, ["pipe"] = PipeCommand.Example, ["send"] = SendCommand.Example, ["receive"] = ReceiveCommand.Example,
        ["mcp"] = McpCommand.Example,
        ["link"] = LinkCommand.Example, ["new"] = "malten link new family --qr", ["show"] = "malten link show --link-file family.link",
    };

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var width = Console.IsOutputRedirected ? LeastWidth : Math.Max(LeastWidth, Console.WindowWidth);
        var (configuration, text) = (parseResult.InvocationConfiguration, new StringWriter());
        var output = configuration.Output;
        configuration.Output = text;
        var code = new HelpAction { MaxWidth = width }.Invoke(parseResult);
        configuration.Output = output;
        output.Write(parseResult.CommandResult.Command is RootCommand ? Shorten(text.ToString()) : text.ToString());
        if (Examples.TryGetValue(parseResult.CommandResult.Command.Name, out var example))
            parseResult.InvocationConfiguration.Output.WriteLine($"Example:\n  {example}\n");
        return code;
    }

    /// <summary>The help of the whole program fits a screen of 24 lines.</summary>
    private static string Shorten(string help) => help
        .Replace($"Description:{Environment.NewLine}  ", "", StringComparison.Ordinal)
        .Replace($"Usage:{Environment.NewLine}  ", "Usage: ", StringComparison.Ordinal);
}
