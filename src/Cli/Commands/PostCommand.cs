using System.CommandLine;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary><c>malten post</c>: says something.</summary>
internal static class PostCommand
{
    public const string Example = "make 2>&1 | malten post build --lines";

    private const string StandardInput = "-";

    // While no node is reachable: to wait for one at each line would stop whoever writes them.
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(10);

    private static readonly Argument<string?> Stream = new("stream")
    {
        Description = "The stream, or a link; left out with --link-file and --link", Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly LinkOptions Links = new();

    private static readonly Argument<string?> Text = new("text")
    {
        Description = "1 to 1024 characters; '-' or nothing reads standard input", Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string> User = new("--user") { Description = "The name of whoever says it", HelpName = "name" };
    private static readonly Option<bool> Lines = new("--lines", "-l") { Description = "Post each line of standard input by itself" };

    private static readonly Option<Guid?> Id = new("--id")
    {
        Description = "A UUID of your own; a message posted again with the same one is stored only once", HelpName = "uuid",
    };

    public static System.CommandLine.Command New()
    {
        var command = new System.CommandLine.Command("post", "Post a message") { Stream, Text, User, Lines, Id };
        Links.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Lines) && result.GetValue(Id) is not null) result.AddError("--id is for one message, and --lines posts several.");
        });
        command.SetAction(PostAsync);
        return command;
    }

    private static async Task<int> PostAsync(ParseResult line, CancellationToken stop)
    {
        var (source, given) = Target(line);
        if (line.GetValue(Lines) && given is not (null or StandardInput)) throw new UsageException("--lines reads standard input: leave out the text.");
        if (source.Link is TraceLink)
            throw new UsageException("What is said in a stream that leaves no trace goes as soon as this program ends: use 'malten chat'.");
        using var client = ConnectionOptions.NewClient(line, source.Node);
        using var room = source.Link is EncryptedLink link ? client.Join(link, line.GetValue(User)) : null;
        await using var output = StandardOutput.Open();
        if (line.GetValue(Lines))
        {
            CheckInput(given);
            return await PostLinesAsync(SayAsync, stop);
        }

        await SayAsync(await TextAsync(given, stop));
        return ExitCode.Done;

        async Task SayAsync(string text)
        {
            StreamItem posted = room is null
                ? await client.PostAsync(source.Names[0], text, new PostOptions { User = line.GetValue(User), Id = line.GetValue(Id) }, stop)
                : await room.PostAsync(text, line.GetValue(Id), stop);
            if (ConnectionOptions.IsJson(line)) output.WriteLine(JsonLine.Of(posted)!);
        }
    }

    /// <summary>Posts each line. What fails is told, and the input read to its end all the same: else whoever writes it would be killed.</summary>
    /// <returns>The worst exit code.</returns>
    private static async Task<int> PostLinesAsync(Func<string, Task> sayAsync, CancellationToken stop)
    {
        var (code, number) = (ExitCode.Done, 0);
        (MaltenException Failed, long Since)? away = null;
        await using var input = Malten.Cli.Output.StandardInput.Open();
        await foreach (var (text, fault) in InputLines.ReadAsync(input, stop))
        {
            number++;
            if (fault is null && string.IsNullOrWhiteSpace(text)) continue;
            if (away is { } known && TimeProvider.System.GetElapsedTime(known.Since) < BetweenAttempts)
            {
                Fail(known.Failed.Message, ExitCode.Of(known.Failed));
                continue;
            }

            try
            {
                away = null;
                if (fault is null) await sayAsync(text);
                else Fail(fault, ExitCode.Refused, separator: "");
            }
            catch (MaltenException failed)
            {
                Fail(failed.Message, ExitCode.Of(failed));
                if (failed.Fault == MaltenFault.Unreachable) away = (failed, TimeProvider.System.GetTimestamp());
            }
            catch (ArgumentException refused)
            {
                Fail(FailureText.Of(refused), ExitCode.Refused);
            }
        }

        return code;

        void Fail(string why, int failure, string separator = ":")
        {
            Console.Error.WriteLine($"malten: line {number}{separator} {why}");
            code = Math.Max(code, failure);
        }
    }

    /// <summary>Where to post, and the text of the command line, if it has one.</summary>
    private static (StreamSource Source, string? Text) Target(ParseResult line)
    {
        var (first, second) = (line.GetValue(Stream), line.GetValue(Text));
        if (Links.Find(line) is not { } link) return (StreamSource.Of(line, Links, first is null ? [] : [first]), second);
        return second is null ? (StreamSource.Of(link), first) : throw new UsageException("The link names the stream: leave out its name.");
    }

    private static async Task<string> TextAsync(string? given, CancellationToken stop)
    {
        if (given is { } text && text != StandardInput) return text;
        CheckInput(given);
        return (await InputLines.ReadToEndAsync(stop)).TrimEnd('\r', '\n');
    }

    /// <exception cref="UsageException">There is a terminal, where nobody knows that a text is waited for.</exception>
    private static void CheckInput(string? given)
    {
        if (given is null && !Console.IsInputRedirected) throw new UsageException("Say what to post, or give it on standard input.");
    }
}
