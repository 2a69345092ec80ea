using System.CommandLine;
using System.Text;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary><c>malten post</c>: says something.</summary>
internal static class PostCommand
{
    public const string Example = "make 2>&1 | malten post build --lines";

    private const string StandardInput = "-";
    private const string TextParameter = "message";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

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
        Description = "A UUID: what is posted again with it is stored once", HelpName = "uuid",
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
        using var room = source.Link is EncryptedLink link ? await client.JoinAsync(link, line.GetValue(User), stop) : null;
        await using var output = StandardOutput.Open();
        var (code, number) = (ExitCode.Done, 0);
        await foreach (var text in TextsAsync(line, given, stop))
        {
            number++;
            if (line.GetValue(Lines) && string.IsNullOrWhiteSpace(text)) continue;
            try
            {
                var posted = await PostAsync(line, client, room, source, text, stop);
                if (ConnectionOptions.IsJson(line)) output.WriteLine(JsonLine.Of(posted)!);
            }
            catch (Exception refused) when (line.GetValue(Lines) && refused is MaltenException { Parameter: TextParameter } or ArgumentException)
            {
                await Console.Error.WriteLineAsync($"malten: line {number}: {refused.Message}"); // the next one may be shorter
                code = ExitCode.Refused;
            }
        }

        return code;
    }

    /// <summary>Where to post, and the text of the command line, if it has one.</summary>
    private static (StreamSource Source, string? Text) Target(ParseResult line)
    {
        var (first, second) = (line.GetValue(Stream), line.GetValue(Text));
        if (Links.Find(line) is not { } link) return (StreamSource.Of(line, Links, first is null ? [] : [first]), second);
        return second is null ? (StreamSource.Of(link), first) : throw new UsageException("The link names the stream: leave out its name.");
    }

    private static async Task<StreamItem> PostAsync(
        ParseResult line, MaltenClient client, EncryptedRoom? room, StreamSource source, string text, CancellationToken stop) => room is null
        ? await client.PostAsync(source.Names[0], text, new PostOptions { User = line.GetValue(User), Id = line.GetValue(Id) }, stop)
        : await room.PostAsync(text, line.GetValue(Id), stop);

    private static async IAsyncEnumerable<string> TextsAsync(
        ParseResult line, string? given, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        if (given is { } text && text != StandardInput)
        {
            yield return text;
            yield break;
        }

        if (given is null && !Console.IsInputRedirected)
            throw new UsageException("Say what to post, or give it on standard input.");
        using var input = new StreamReader(Console.OpenStandardInput(), Strict, detectEncodingFromByteOrderMarks: false);
        if (!line.GetValue(Lines))
        {
            yield return (await input.ReadToEndAsync(stop)).TrimEnd('\r', '\n');
            yield break;
        }

        while (await input.ReadLineAsync(stop) is { } next) yield return next;
    }
}
