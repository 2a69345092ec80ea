using System.Globalization;
using Malten.Client;
using Spectre.Console;

namespace Malten.Cli.Output;

/// <summary>Public streams, for people and as lines.</summary>
internal static class StreamTable
{
    /// <summary>A table of the first of them.</summary>
    public static Table Of(IReadOnlyList<ListedStream> streams, int rows)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn("Stream").AddColumn(new TableColumn("Messages").RightAligned()).AddColumn(new TableColumn("Listening").RightAligned())
            .AddColumn("Last used").AddColumn(new TableColumn("Lives for").RightAligned());
        foreach (var stream in streams.Take(rows))
        {
            table.AddRow(
                Markup.Escape(Printable.Line(stream.Stream)), Number(stream.Messages), Number(stream.Observers),
                stream.Updated.ToDateTimeOffset().ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture), $"{Number(stream.Ttl.TotalSeconds)} s");
        }

        return table;
    }

    /// <summary>Separated by tabs: name, messages, listeners, lifetime in seconds.</summary>
    public static string Line(ListedStream stream) => string.Join('\t',
        Printable.Line(stream.Stream), Number(stream.Messages), Number(stream.Observers), Number(stream.Ttl.TotalSeconds));

    private static string Number(double number) => number.ToString("0", CultureInfo.InvariantCulture);
}
