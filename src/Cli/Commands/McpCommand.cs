using System.CommandLine;
using Malten.Cli.Mcp;
using Malten.Client;
using Malten.Client.Encryption;

namespace Malten.Cli.Commands;

/// <summary><c>malten mcp</c>: a stream for a program that speaks the Model Context Protocol, such as an agent.</summary>
internal static class McpCommand
{
    public const string Example = "claude mcp add family -- malten mcp --link-file ~/family.link --as claude";

    private static readonly Argument<string?> Where = new("stream")
    {
        Description = "The stream, or a link; links are better in a file or in $MALTEN_LINK", Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string> Name = new("--as") { Description = "The name of the agent", HelpName = "name" };
    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Use a pipe's link; it opens once" };

    public static System.CommandLine.Command New()
    {
        var command = new System.CommandLine.Command("mcp", "Let an agent take part, over the Model Context Protocol") { Where, Name, Yes };
        var links = new LinkOptions();
        links.AddTo(command);
        command.SetAction((line, stop) => ServeAsync(line, links, stop));
        return command;
    }

    private static async Task<int> ServeAsync(ParseResult line, LinkOptions links, CancellationToken stop)
    {
        var (where, name) = (line.GetValue(Where), line.GetValue(Name));
        var isName = where is not null && !LinkOptions.IsLink(where);
        if (isName && links.AreGiven(line)) throw new UsageException("The link names the stream: leave out its name.");
        if (isName) StreamSource.NameOf(where!);
        if (ConnectionOptions.IsJson(line)) throw new UsageException("What mcp writes is JSON already: leave out --json.");
        if (name is not null) CheckName(name);
        var link = isName ? null : links.Require(line, where);
        using var client = ConnectionOptions.NewClient(line, link?.Node);
        Room room = link switch
        {
            EncryptedLink encrypted => new SealedRoom(client, encrypted, name),
            PipeLink pipe when line.GetValue(Yes) => new PipeRoom(client.Join(pipe, name)),
            PipeLink => throw new UsageException("This link opens a pipe, once: use it with --yes."),
            TraceLink trace => new TracelessRoom(client, trace, name),
            StreamLink open => new OpenRoom(client, open.Stream, name),
            null => new OpenRoom(client, where!, name),
            _ => throw new UsageException("This link opens nothing that an agent can take part in."),
        };
        if (!Console.IsInputRedirected)
            await Console.Error.WriteLineAsync("malten: an agent is to start this, and speaks the Model Context Protocol with it; Ctrl-C ends it.");
        await McpSession.RunAsync(room, name, ConnectionOptions.Patience(line), stop);
        return ExitCode.Done;
    }

    private static void CheckName(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new UsageException("--as takes a name of 1 to 32 characters.");
        TextLimits.CheckName(name);
    }
}
