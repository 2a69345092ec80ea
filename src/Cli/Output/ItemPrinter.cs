using Malten.Client;
using Spectre.Console;

namespace Malten.Cli.Output;

/// <summary>Prints what is heard: for people on a terminal, as plain lines elsewhere, or as JSON.</summary>
internal abstract class ItemPrinter
{
    public abstract void Print(StreamItem item);

    public static ItemPrinter For(StandardOutput output, bool isJson, bool namesStreams) =>
        isJson ? new JsonPrinter(output)
        : Console.IsOutputRedirected ? new PlainPrinter(output, namesStreams)
        : new TerminalPrinter(namesStreams);

    private sealed class JsonPrinter(StandardOutput output) : ItemPrinter
    {
        public override void Print(StreamItem item)
        {
            if (JsonLine.Of(item) is { } line) output.WriteLine(line);
        }
    }

    private sealed class PlainPrinter(StandardOutput output, bool namesStreams) : ItemPrinter
    {
        private readonly Notices _notices = new(showsConnections: !Console.IsErrorRedirected);

        public override void Print(StreamItem item)
        {
            _notices.Print(item);
            if (Said.Of(item) is not { } said) return;
            var (stream, user) = (namesStreams ? $"{Printable.Line(said.Stream)}  " : "", said.User is { } label ? $"{Printable.Line(label)}: " : "");
            output.WriteLine(stream + user + Printable.Message(said.Text));
        }
    }

    private sealed class TerminalPrinter(bool namesStreams) : ItemPrinter
    {
        private readonly Notices _notices = new(showsConnections: true);

        public override void Print(StreamItem item)
        {
            _notices.Print(item);
            switch (item)
            {
                case Message or EncryptedMessage or PipeMessage:
                    var said = Said.Of(item)!;
                    var stream = namesStreams ? $"[blue]{Markup.Escape(Printable.Line(said.Stream))}[/] " : "";
                    var user = said.User is { } label ? $"[bold]{Markup.Escape(Printable.Line(label))}:[/] " : "";
                    var time = said.Created.ToDateTimeOffset().ToLocalTime();
                    AnsiConsole.MarkupLine($"[grey]{time:HH:mm:ss}[/] {stream}{user}{Markup.Escape(Printable.Message(said.Text))}");
                    break;
                case Malten.Client.Command or CommandFailed or PresenceChanged or PipeReceipt or PipeClosed:
                    AnsiConsole.MarkupLine($"[grey]{Markup.Escape($"{item}")}[/]");
                    break;
            }
        }
    }
}
