using System.Globalization;
using System.Text.RegularExpressions;
using Malten.Client;
using Malten.Testing;

namespace Malten.Cli.Tests;

/// <summary>Ctrl-C and SIGTERM end every command that lasts, with the exit code that the documentation names.</summary>
public sealed class SignalTests : FileCliTests
{
    private const int CtrlC = 2;
    private const int Terminate = 15;

    [Theory]
    [InlineData(CtrlC, "listen", "s")]
    [InlineData(Terminate, "listen", "s")]
    [InlineData(CtrlC, "on", "s", "--", "true")]
    [InlineData(Terminate, "on", "s", "--", "true")]
    [InlineData(CtrlC, "chat", "s")]
    [InlineData(Terminate, "chat", "s")]
    public async Task Whatever_listens(int signal, params string[] arguments)
    {
        var process = Start(arguments);
        await ObserversAreAsync("s", 1);
        await EndsAsync(process, signal);
        await ObserversAreAsync("s", 0);
    }

    [Theory]
    [InlineData(CtrlC)]
    [InlineData(Terminate)]
    public async Task On_while_its_program_runs(int signal)
    {
        var listener = await ListenAsync("s", "on", "s", "--", "sh", "-c", "echo runs; sleep 600");
        await Client.PostAsync("s", "go");
        await listener.PrintsAsync("runs");
        await EndsAsync(listener, signal);
    }

    [Theory]
    [InlineData(CtrlC)]
    [InlineData(Terminate)]
    public async Task Post_while_it_waits_for_lines(int signal)
    {
        var process = Start("post", "s", "--lines");
        await process.WriteAsync("one\n");
        await Eventually.IsSoAsync(async () => await Client.ReadAsync("s").AnyAsync());
        await EndsAsync(process, signal);
    }

    [Theory]
    [InlineData(CtrlC, "pipe")]
    [InlineData(Terminate, "pipe")]
    [InlineData(CtrlC, "chat", "--invite")]
    [InlineData(Terminate, "chat", "--invite")]
    public async Task Whatever_waits_for_the_other_side(int signal, params string[] arguments)
    {
        var process = Start(arguments);
        await process.TellsAsync("#/p/");
        await EndsAsync(process, signal);
    }

    [Theory]
    [InlineData(CtrlC)]
    [InlineData(Terminate)]
    public async Task Both_sides_of_a_pipe_that_is_open(int signal)
    {
        var inviter = Start("pipe");
        await inviter.TellsAsync("#/p/");
        var joiner = Start("pipe", inviter.Errors.Trim());
        await joiner.WriteAsync("here");
        await inviter.PrintsAsync("here");
        await EndsAsync(joiner, signal);
        await inviter.EndAsync();
        Assert.Equal(1, inviter.ExitCode); // it was not interrupted itself
        Assert.Contains("not everything", inviter.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CtrlC)]
    [InlineData(Terminate)]
    public async Task Send_before_somebody_opens_the_link(int signal)
    {
        var sender = Start("send", Write("a", 10));
        await LinkOfAsync(sender);
        await EndsAsync(sender, signal);
    }

    [Theory]
    [InlineData(CtrlC)]
    [InlineData(Terminate)]
    public async Task Receive_before_something_is_offered(int signal)
    {
        await using var pipe = await Client.InviteAsync();
        var opened = pipe.ListenAsync().OfType<PipeOpened>().FirstAsync();
        var receiver = Start("receive", pipe.Link!.ToText(), "--yes", "--to", To.FullName, "--json");
        await opened;
        await receiver.PrintsAsync("\"opened\"");
        await EndsAsync(receiver, signal);
    }

    [Theory]
    [InlineData(CtrlC)]
    [InlineData(Terminate)]
    public async Task Mcp(int signal)
    {
        var process = Start("mcp", "s");
        const string Parameters = """{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}""";
        await process.WriteAsync($$"""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{Parameters}}}""" + "\n");
        await process.PrintsAsync("\"id\":1");
        await EndsAsync(process, signal);
    }

    [Theory]
    [InlineData(CtrlC, "streams --watch", "Last used")]
    [InlineData(Terminate, "streams --watch", "Last used")]
    [InlineData(CtrlC, "chat s", "1 here")]
    [InlineData(Terminate, "chat s", "1 here")]
    [InlineData(CtrlC, "listen --link", "Link:")]
    [InlineData(Terminate, "listen --link", "Link:")]
    [InlineData(CtrlC, "chat --link", "[y/N]")]
    [InlineData(Terminate, "chat --link", "[y/N]")]
    public async Task Whatever_shows_something_on_a_terminal(int signal, string command, string shown)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no 'script' that makes a terminal.");
        await Client.BeginStreamAsync(new BeginStreamOptions { Stream = "s" });
        var line = $"script -qfec 'echo pid=$$; exec malten {command}' /dev/null";
        await using var pipe = await Client.InviteAsync();
        var link = shown == "Link:" ? "" : pipe.Link!.ToText();
        var process = Use(CliProcess.StartShell(Node.Address, line, true, ("TERM", "xterm"), ("SHELL", "/bin/sh"), ("MALTEN_LINK", link)));
        await process.PrintsAsync(shown);
        var id = int.Parse(Regex.Match(process.Output, "pid=([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);
        await EndsAsync(process, signal, id);
    }

    private CliProcess Start(params string[] arguments) => Use(CliProcess.Start(Node.Address, arguments, keepsInput: true));

    private static async Task EndsAsync(CliProcess process, int signal, int? id = null)
    {
        process.Signal(signal, id);
        await process.EndAsync();
        // A command that is cut off after SIGTERM gives 143.
        Assert.True(process.ExitCode == 130, $"Exit code {process.ExitCode}: {process.Output}{process.Errors}");
    }
}
