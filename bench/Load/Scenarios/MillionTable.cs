namespace Malten.Bench.Load.Scenarios;

/// <summary>The table of a stream that gets a thousand times the messages it holds, in Markdown.</summary>
internal static class MillionTable
{
    private const double Megabyte = 1 << 20;

    public static void Write(TextWriter report, LoadResult result)
    {
        report.WriteLine();
        report.WriteLine($"| {Scenario.Million.Title} | seconds | posts/s | p99 ms | RSS before, MB | RSS after, MB | lost | repeated | out of order |");
        report.WriteLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        report.WriteLine($"| {result.Server}, {result.Posts:N0} posts | {result.Elapsed.TotalSeconds:N1} | {result.PostsPerSecond:N0} "
            + $"| {result.PostLatency.Quantile(0.99).TotalMilliseconds:N2} | {result.ServerResidentBytesBefore / Megabyte:N1} "
            + $"| {result.ServerResidentBytes / Megabyte:N1} | {result.Faults.Lost} | {result.Faults.Repeated} | {result.Faults.OutOfOrder} |");
    }
}
