namespace Malten.Bench.Load.Scenarios;

/// <summary>The table of idle listeners, in Markdown.</summary>
internal static class IdleTable
{
    private const double Megabyte = 1 << 20;

    public static void Write(TextWriter report, IEnumerable<IdleResult> results)
    {
        report.WriteLine();
        report.WriteLine("| idle listeners | server | RSS before, MB | RSS with them, MB | KB a listener |");
        report.WriteLine("|--:|---|--:|--:|--:|");
        foreach (var result in results)
            report.WriteLine($"| {result.Listeners:N0} | {result.Server} | {result.BytesBefore / Megabyte:N1} "
                + $"| {result.BytesAfter / Megabyte:N1} | **{result.BytesPerListener / 1024:N1}** |");
    }
}
