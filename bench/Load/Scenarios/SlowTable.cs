namespace Malten.Bench.Load.Scenarios;

/// <summary>The table of latencies without and with listeners on slow links, in Markdown.</summary>
internal static class SlowTable
{
    public static void WriteHead(TextWriter report)
    {
        report.WriteLine();
        report.WriteLine("| a fifth of the listeners on links of 1 Mbit/s and 200 ms | server | p50 ms | p99 ms "
            + "| p50 ms of the others | p99 ms of the others | p99 : p99 |");
        report.WriteLine("|---|---|--:|--:|--:|--:|--:|");
    }

    public static void WriteRow(TextWriter report, Scenario scenario, Rounds quick, Rounds slow)
    {
        var ratios = slow.Ratios(quick, result => Milliseconds(result, 0.99));
        report.WriteLine($"| {scenario.Title} | {quick.Server} | {Latency(quick, 0.5)} | {Latency(quick, 0.99)} | {Latency(slow, 0.5)} "
            + $"| {Latency(slow, 0.99)} | **{Rounds.Median(ratios):N2}** ({string.Join(", ", ratios.Select(ratio => $"{ratio:N2}"))}) |");
    }

    private static string Latency(Rounds rounds, double share) => $"{rounds.Median(result => Milliseconds(result, share)):N2}";

    private static double Milliseconds(LoadResult result, double share) => result.DeliveryLatency.Quantile(share).TotalMilliseconds;
}
