using System.Text.Json;

namespace Malten.Testing.Histories;

/// <summary>Reads histories that <see cref="HistoryWriter"/> or another program wrote.</summary>
public static class HistoryFile
{
    /// <summary>Reads the events of a file, one a line, in their order.</summary>
    /// <exception cref="FormatException">A line is no event. The message names the line and what is wrong.</exception>
    public static IEnumerable<HistoryEvent> Read(string path) => Parse(File.ReadLines(path));

    /// <summary>Reads events from lines. Empty lines are skipped.</summary>
    /// <exception cref="FormatException">A line is no event. The message names the line and what is wrong.</exception>
    public static IEnumerable<HistoryEvent> Parse(IEnumerable<string> lines) =>
        from line in lines.Index() where line.Item.Length > 0 select Parse(line.Item, line.Index + 1);

    private static HistoryEvent Parse(string line, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<HistoryEvent>(line, HistoryEvent.Json)
                ?? throw new FormatException($"Line {number}: null is no event.");
        }
        catch (JsonException failure)
        {
            throw new FormatException($"Line {number}: {failure.Message}", failure);
        }
    }
}
