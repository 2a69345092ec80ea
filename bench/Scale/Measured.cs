using System.Globalization;
using System.Text.RegularExpressions;

namespace Malten.Bench.Scale;

/// <summary>The costs that <c>bench/README.md</c> reports, read from its tables.</summary>
internal sealed partial record Measured
{
    /// <summary>Processor time of a delivery when nothing is saturated, in µs: what costs most, since nothing coalesces.</summary>
    public required double QuietDelivery { get; init; }

    /// <summary>Processor time of a delivery on three silos at full load, in µs.</summary>
    public required double BusyDelivery { get; init; }

    /// <summary>Processor time of a post on one silo, which has no other to copy to, in µs.</summary>
    public required double PostAlone { get; init; }

    /// <summary>Processor time of a post on three silos, all of them together, in µs.</summary>
    public required double PostOfThree { get; init; }

    /// <summary>Processor time of a post that begins a stream, on one silo, in µs.</summary>
    public required double BeginAlone { get; init; }

    /// <summary>The same on three silos, all of them together, in µs.</summary>
    public required double BeginOfThree { get; init; }

    /// <summary>Memory of an idle stream with one message of 100 characters, both copies, in KiB.</summary>
    public required double Stream { get; init; }

    /// <summary>Reads the tables of a page in Markdown.</summary>
    /// <exception cref="InvalidDataException">A row or a column is not there.</exception>
    public static Measured Read(string page)
    {
        const string Cost = "server CPU µs a delivery, or a post";
        const string NoListeners = "32 connections, closed loop, no listeners";
        const string Begins = "32 connections, closed loop, each post begins a stream";
        return new Measured
        {
            QuietDelivery = Number(page, "server CPU µs a delivery", "open loop, 50 posts/s, 1,000 listeners", "Malten"),
            BusyDelivery = Number(page, Cost, "closed loop, 16 publishers, 1,000 listeners", "3 silos"),
            PostAlone = Number(page, Cost, NoListeners, "1 silo"),
            PostOfThree = Number(page, Cost, NoListeners, "3 silos"),
            BeginAlone = Number(page, Cost, Begins, "1 silo"),
            BeginOfThree = Number(page, Cost, Begins, "3 silos"),
            Stream = Number(page, "KB a stream, both copies", "after a full collection"),
        };
    }

    /// <summary>The number in a column of the row that begins with these cells.</summary>
    private static double Number(string page, string column, params string[] row)
    {
        var header = Array.Empty<string>();
        string[]? above = null;
        foreach (var line in page.Split('\n'))
        {
            var cells = line.StartsWith('|') ? line.Trim().Trim('|').Split('|').Select(cell => cell.Trim()).ToArray() : null;
            if (cells is not null && cells[0].StartsWith("--", StringComparison.Ordinal)) header = above ?? [];
            else if (cells is not null && Array.IndexOf(header, column) is >= 0 and var at && cells.Take(row.Length).SequenceEqual(row))
                return double.Parse(Figure().Match(cells[at]).Value.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
            above = cells;
        }

        throw new InvalidDataException($"There is no row '{string.Join(" | ", row)}' with a column '{column}'.");
    }

    [GeneratedRegex(@"\d[\d,]*(\.\d+)?")]
    private static partial Regex Figure();
}
