using System.Globalization;

namespace Malten.Bench.Hostile;

/// <summary>The outcomes as a table in Markdown, row by row.</summary>
internal static class Table
{
    public static void WriteHead(TextWriter to)
    {
        string[] columns =
        [
            "attack", "nodes", "addresses", "requests or connections", "open at the end", "served", "p99 quiet ms", "p99 ms", "times",
            "RSS quiet MB", "peak", "after", "after s", "not served",
        ];
        to.WriteLine($"| {string.Join(" | ", columns)} |");
        to.WriteLine($"|---|{string.Concat(Enumerable.Repeat("--:|", columns.Length - 2))}---|");
    }

    public static void Write(TextWriter to, HostileTrial trial, Outcome outcome)
    {
        var (quiet, attacked) = (outcome.Quiet, outcome.Compiled);
        string[] cells =
        [
            trial.Attack.Name, trial.IsCluster ? "3" : "1", $"{trial.From.Count}", Number(outcome.Done), Number(outcome.Open), Percent(outcome.Attacked.Share),
            Milliseconds(quiet.P99), Milliseconds(attacked.P99), (attacked.P99 / quiet.P99).ToString("0.0", CultureInfo.InvariantCulture),
            Megabytes(outcome.ResidentBefore), Megabytes(outcome.ResidentPeak), Megabytes(outcome.ResidentAfter),
            outcome.Back.TotalSeconds.ToString("0", CultureInfo.InvariantCulture), outcome.Attacked.Faults,
        ];
        to.WriteLine($"| {string.Join(" | ", cells)} |");
        to.Flush();
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    // 99.96 must not become 100.0.
    private static string Percent(double share) => (Math.Floor(share * 10_000) / 100).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => (bytes >> 20).ToString(CultureInfo.InvariantCulture);
}
