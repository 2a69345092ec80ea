using System.CommandLine;
using System.Runtime.InteropServices;
using Malten.Client;
using Spectre.Console;

namespace Malten.Cli.Commands;

/// <summary>
/// From where a link comes: a file, the environment, a prompt. It may be an argument, too, but need never be one: others on the
/// machine see command lines, and shells keep them. Each command has options of its own.
/// </summary>
/// <param name="file">What the file with the link is for.</param>
internal sealed class LinkOptions(string file = "Read a link from this file, instead of naming a stream")
{
    private const string Variable = "MALTEN_LINK";
    private const int LongestLink = 4096;
    private static readonly string[] Marks = ["#", "/", "%23", "%2F"]; // names of streams have no '#' and no '/'

    private readonly Option<string> _file = new("--link-file") { Description = file, HelpName = "file" };
    private readonly Option<bool> _ask = new("--link") { Description = $"Take the link from ${Variable}, or ask for it" };

    public void AddTo(System.CommandLine.Command command)
    {
        command.Add(_file);
        command.Add(_ask);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_file) is not null && result.GetValue(_ask)) result.AddError("--link-file and --link exclude each other.");
        });
    }

    /// <summary>The link that was asked for; null when a name was given instead.</summary>
    /// <exception cref="UsageException">There is none where the command line says that there is.</exception>
    /// <exception cref="FormatException">It is damaged.</exception>
    public MaltenLink? Find(ParseResult line) =>
        line.GetValue(_file) is { } file ? MaltenLink.Parse(ReadFile(file)) : line.GetValue(_ask) ? MaltenLink.Parse(FromEnvironment() ?? Ask()) : null;

    /// <summary>The link of a command that can't do without one: the argument, or from a file, the environment or a prompt.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    /// <exception cref="FormatException">It is damaged.</exception>
    public MaltenLink Require(ParseResult line, string? argument) =>
        Find(line) is { } link ? (argument is null ? link : throw new UsageException("Give one link."))
        : MaltenLink.Parse(argument ?? FromEnvironment() ?? Ask());

    /// <summary>Whether the options name a link. It is not read, and nobody is asked for it.</summary>
    public bool AreGiven(ParseResult line) => line.GetValue(_file) is not null || line.GetValue(_ask);

    /// <summary>Whether a word is a link or what is left of one. It may hold a key, so it is never sent as a stream's name.</summary>
    public static bool IsLink(string word) => Marks.Any(mark => word.Contains(mark, StringComparison.OrdinalIgnoreCase));

    /// <summary>The link that a word is; null when it is a stream's name.</summary>
    /// <exception cref="FormatException">It is damaged.</exception>
    public static MaltenLink? Read(string word) => IsLink(word) ? MaltenLink.Parse(word) : null;

    private static string? FromEnvironment() => Environment.GetEnvironmentVariable(Variable) is { } link && !string.IsNullOrWhiteSpace(link) ? link : null;

    /// <summary>A signal ends the program at once: nothing has begun that would have to be ended.</summary>
    private static string Ask()
    {
        if (Console.IsInputRedirected || Console.IsErrorRedirected) throw new UsageException($"Give the link with --link-file or in {Variable}.");
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Environment.Exit(ExitCode.Interrupted));
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(ExitCode.Interrupted));
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return terminal.Prompt(new TextPrompt<string>("Link:").Secret(null));
    }

    private static string ReadFile(string path)
    {
        try
        {
            using var file = File.OpenText(path);
            var text = new char[LongestLink];
            return new string(text, 0, file.ReadBlock(text)).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The file with the link can't be read: {unreadable.Message}");
        }
    }
}
