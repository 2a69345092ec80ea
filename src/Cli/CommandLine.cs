using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;
using Malten.Cli.Commands;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli;

/// <summary>The program: its commands, and the exit code to which each end leads.</summary>
internal static class CommandLine
{
    /// <summary>How long a command may take to end after a signal: a farewell alone takes up to 2 s, and the commands have more to end than that.</summary>
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(5);

    /// <summary>Runs one command line to its end, and returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // A text may begin with '@': it names no file.
        var line = NewRoot().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (line.Action is ParseErrorAction && !LacksCommand(line)) return Misuse(line);
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = LongestFarewell };
        try
        {
            var code = await line.InvokeAsync(invocation);
            return line.Errors.Count > 0 && code != ExitCode.Done ? ExitCode.Usage : code;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (BrokenPipeException)
        {
            return ExitCode.Done; // whoever read the output has seen enough
        }
        catch (Exception failed) when (failed is IOException or TimeoutException or UnauthorizedAccessException) // the last also of a closed descriptor
        {
            return Fail(failed.Message, ExitCode.Refused);
        }
        catch (MaltenException failed)
        {
            return Fail(failed.Message, ExitCode.Of(failed));
        }
        catch (InvalidDataException changed)
        {
            return Fail(changed.Message, ExitCode.Refused);
        }
        catch (DecoderFallbackException)
        {
            return Fail("Standard input is not UTF-8.", ExitCode.Usage);
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException or UsageException)
        {
            return Fail(FailureText.Of(wrong), ExitCode.Usage);
        }
    }

    private static RootCommand NewRoot()
    {
        var root = new RootCommand("Malten: messages between people and programs, that nobody keeps.")
        {
            ConnectionOptions.Url, ConnectionOptions.Timeout, ConnectionOptions.Json,
            ListenCommand.New(), PostCommand.New(), StreamsCommand.New(), OnCommand.New(), AskCommand.New(),
            ChatCommand.New(), PipeCommand.New(), SendCommand.New(), ReceiveCommand.New(), LinkCommand.New(), McpCommand.New(),
            CompletionCommand.New(),
        };
        root.Options.OfType<HelpOption>().Single().Action = new ExampleHelp();
        return root;
    }

    /// <summary>Whether nothing is wrong but that a command is missing: then the help lists them.</summary>
    private static bool LacksCommand(ParseResult line) => line.UnmatchedTokens.Count == 0 && line.CommandResult.Command.Subcommands.Count > 0;

    /// <summary>Says what is wrong, and leaves the rest to the help: standard output is for what was asked for.</summary>
    private static int Misuse(ParseResult line)
    {
        foreach (var error in line.Errors) Fail(error.Message.Split(" as expected type ")[0].TrimEnd('.') + ".", ExitCode.Usage);
        var commands = line.CommandResult.Command == line.RootCommandResult.Command ? "" : $" {line.CommandResult.Command.Name}";
        Console.Error.WriteLine($"Try 'malten{commands} --help'.");
        return ExitCode.Usage;
    }

    private static int Fail(string reason, int code)
    {
        Console.Error.WriteLine($"malten: {Printable.Message(reason)}");
        return code;
    }
}
