using System.CommandLine;
using Malten.Cli.Chat;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary><c>malten chat</c>: a conversation on a terminal, or between programs.</summary>
internal static class ChatCommand
{
    public const string Example = "malten chat --link-file family.link --user ann";

    private static readonly Argument<string?> Where = new("link")
    {
        Description = "A link, or the name of an open stream; links are better in a file, in $MALTEN_LINK or at the prompt", Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string> User = new("--user") { Description = "The name of whoever writes", HelpName = "name" };
    private static readonly Option<bool> Invite = new("--invite") { Description = "Begin a pipe, and print the link for the other person" };
    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Use a pipe's link without asking; it opens once" };

    public static System.CommandLine.Command New()
    {
        var command = new System.CommandLine.Command("chat", "Talk: in a stream, an encrypted one, or a pipe") { Where, User, Invite, Yes };
        var links = new LinkOptions();
        links.AddTo(command);
        command.SetAction((line, stop) => ChatAsync(line, links, stop));
        return command;
    }

    private static async Task<int> ChatAsync(ParseResult line, LinkOptions links, CancellationToken stop)
    {
        var where = line.GetValue(Where);
        var isName = where is not null && !LinkOptions.IsLink(where);
        if (line.GetValue(Invite) && (where is not null || links.AreGiven(line))) throw new UsageException("--invite makes a link: leave out the other.");
        if (isName && links.AreGiven(line)) throw new UsageException("The link names the stream: leave out its name.");
        if (isName) StreamSource.NameOf(where!);
        var link = line.GetValue(Invite) || isName ? null : links.Require(line, where);
        using var client = ConnectionOptions.NewClient(line, link?.Node);
        var isTerminal = !Console.IsInputRedirected && !Console.IsOutputRedirected && !ConnectionOptions.IsJson(line);
        var user = line.GetValue(User);
        await using var input = isTerminal ? Stream.Null : StandardInput.Open(); // before a link is used up, as is the output
        await using var output = StandardOutput.Open(isNeeded: true);
        await using var conversation = link switch
        {
            null when isName => new OpenConversation(client, where!, user),
            null => await InviteAsync(client, user, stop),
            EncryptedLink encrypted => new EncryptedConversation(await client.JoinAsync(encrypted, user, stop)),
            TraceLink trace => new TraceConversation(client.Join(trace, user)),
            PipeLink pipe => await MayUseAsync(line, isTerminal, stop) ? new PipeConversation(client.Join(pipe, user)) : null,
            StreamLink open => (Conversation)new OpenConversation(client, open.Stream, user),
            _ => throw new UsageException("This link opens nothing to talk in."),
        };
        if (conversation is null) return ExitCode.Done;
        var printer = ItemPrinter.For(output, ConnectionOptions.IsJson(line), namesStreams: false);
        var isDone = isTerminal
            ? await new TerminalChat(conversation, printer).RunAsync(stop)
            : await new PlainChat(conversation, input, printer).RunAsync(stop);
        return isDone ? ExitCode.Done : ExitCode.Refused;
    }

    private static async Task<Conversation> InviteAsync(MaltenClient client, string? user, CancellationToken stop)
    {
        var pipe = await client.InviteAsync(user, null, stop);
        await Console.Error.WriteLineAsync($"Hand this link to one other person; it opens once:\n{pipe.Link!.ToText()}");
        return new PipeConversation(pipe);
    }

    /// <summary>Asks before a link is used up: whoever only looks at it must not.</summary>
    private static async Task<bool> MayUseAsync(ParseResult line, bool isTerminal, CancellationToken stop)
    {
        if (line.GetValue(Yes)) return true;
        if (!isTerminal) throw new UsageException("This link opens a pipe, once: use it with --yes.");
        await Console.Error.WriteAsync("This link opens a pipe, once. Use it now? [y/N] ");
        return (await Task.Run(Console.ReadLine, CancellationToken.None).WaitAsync(stop))?.Trim() is ['y' or 'Y', ..];
    }
}
