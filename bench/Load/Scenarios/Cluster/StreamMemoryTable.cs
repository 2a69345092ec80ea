namespace Malten.Bench.Load.Scenarios;

/// <summary>The table of idle streams, in Markdown.</summary>
internal static class StreamMemoryTable
{
    private const double Megabyte = 1 << 20;

    public static void Write(TextWriter report, StreamMemoryResult result)
    {
        report.WriteLine();
        report.WriteLine($"| {result.Streams:N0} idle streams on three silos | RSS before, MB | RSS with them, MB | KB a stream, both copies |");
        report.WriteLine("|---|--:|--:|--:|");
        WriteRow(report, "as the processes are", result.IdleBefore, result.IdleAfter, result.IdlePerStream);
        WriteRow(report, "after a full collection", result.CollectedBefore, result.CollectedAfter, result.CollectedPerStream);
    }

    private static void WriteRow(TextWriter report, string title, long before, long after, double each) =>
        report.WriteLine($"| {title} | {before / Megabyte:N1} | {after / Megabyte:N1} | **{each / 1024:N1}** |");
}
