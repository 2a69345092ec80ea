using System.CommandLine;
using Malten.Cli.Output;
using Malten.Client;

namespace Malten.Cli.Commands;

/// <summary><c>malten link</c>: makes links and says what they open, without using them.</summary>
internal static class LinkCommand
{
    public const string Example = "malten link new family > family.link && malten post --link-file family.link 'Supper at eight'";

    public static System.CommandLine.Command New() => new("link", "Make a link to an encrypted stream, or inspect one") { NewNew(), NewShow() };

    private static System.CommandLine.Command NewNew()
    {
        var label = new Argument<string>("label") { Description = "What people call the stream; servers never see it", DefaultValueFactory = _ => "secret" };
        var trace = new Option<bool>("--trace") { Description = "To a stream that leaves no trace: no server holds it" };
        var qr = NewQr();
        var command = new System.CommandLine.Command("new", "Make a link with a new key; nothing is sent") { label, trace, qr };
        command.SetAction(async (line, _) =>
        {
            await using var output = StandardOutput.Open();
            var named = line.GetRequiredValue(label);
            MaltenLink made = line.GetValue(trace) ? TraceLink.New(named) : EncryptedLink.New(named);
            Print(output, made, line, qr, (link, text) => ConnectionOptions.IsJson(line) ? JsonLine.Of(link, text) : text);
            return ExitCode.Done;
        });
        return command;
    }

    private static System.CommandLine.Command NewShow()
    {
        var argument = new Argument<string?>("link")
        {
            Description = "The link; better in a file, in $MALTEN_LINK or at the prompt", Arity = ArgumentArity.ZeroOrOne,
        };
        var (qr, links) = (NewQr(), new LinkOptions());
        var command = new System.CommandLine.Command("show", "Say what a link opens, without its key and without using it") { argument, qr };
        links.AddTo(command);
        command.SetAction(async (line, _) =>
        {
            await using var output = StandardOutput.Open();
            var given = links.Require(line, line.GetValue(argument));
            Print(output, given, line, qr, (link, _) => ConnectionOptions.IsJson(line) ? JsonLine.Of(link) : Describe(link));
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<bool> NewQr() => new("--qr") { Description = "Draw the link as a QR code, for a phone" };

    private static void Print(StandardOutput output, MaltenLink link, ParseResult line, Option<bool> qr, Func<MaltenLink, string, string> describe)
    {
        var text = link.ToText(link.Node ?? ConnectionOptions.GivenNode(line));
        if (line.GetValue(qr)) output.WriteLine(QrCode.Draw(text));
        output.WriteLine(describe(link, text));
    }

    private static string Describe(MaltenLink link) => string.Join('\n', (string[])
    [
        link switch
        {
            EncryptedLink encrypted => $"Opens: the encrypted stream {Printable.Line(encrypted.Label)}",
            TraceLink trace => $"Opens: {Printable.Line(trace.Label)}, a stream that leaves no trace; what you say there goes when you do",
            PipeLink => "Opens: a pipe, once, for one other person or machine; looking at the link does not use it",
            _ => $"Opens: the open stream {Printable.Line(link.Stream)}, which anybody can read",
        },
        $"Name on the server: {Printable.Line(link.Stream)}",
        $"Node: {link.Node?.ToString() ?? "none is named"}",
    ]);
}
