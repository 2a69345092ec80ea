namespace Malten.Bench.Load.Scenarios;

/// <summary>The table of deliveries, in Markdown: a row for each server and scenario, and one to compare.</summary>
internal sealed class DeliveryTable
{
    private readonly TextWriter _report;

    public DeliveryTable(TextWriter report)
    {
        _report = report;
        report.WriteLine("| scenario | server | deliveries/s | posts/s | p50 ms | p99 ms | p999 ms | lost | repeated | out of order "
            + "| gaps | server CPU s | server CPU µs a delivery | generator CPU s | server RSS MB |");
        report.WriteLine("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    }

    public void Write(Scenario scenario, Rounds malten, Rounds? nchan)
    {
        WriteRow(scenario, malten);
        if (nchan is null) return;
        WriteRow(scenario, nchan);
        var ratios = scenario.IsOpenLoop
            ? malten.Ratios(nchan, result => Milliseconds(result, 0.99))
            : malten.Ratios(nchan, result => result.DeliveriesPerSecond);
        _report.WriteLine($"| | **Malten : nchan, {(scenario.IsOpenLoop ? "p99" : "deliveries/s")}** | **{Rounds.Median(ratios):N2}** "
            + $"({string.Join(", ", ratios.Select(ratio => $"{ratio:N2}"))}) | | | | | | | | | | | | |");
    }

    private void WriteRow(Scenario scenario, Rounds rounds)
    {
        var faults = rounds.Faults;
        var disordered = faults.OutOfOrder + (faults.Differing == 0 ? "" : $", {faults.Differing} listeners differ");
        var disconnected = faults.Disconnected == 0 ? "" : $", {faults.Disconnected} disconnected";
        _report.WriteLine($"| {scenario.Title} | {rounds.Server} | {rounds.Median(result => result.DeliveriesPerSecond):N0} "
            + $"| {rounds.Median(result => result.PostsPerSecond):N0} | {Latency(0.5)} | {Latency(0.99)} | {Latency(0.999)} "
            + $"| {faults.Lost}{disconnected} | {faults.Repeated} | {disordered} | {faults.Gaps} "
            + $"| {rounds.Median(result => result.ServerCpuSeconds):N2} "
            + $"| {rounds.Median(result => result.ServerMicrosecondsPerDelivery):N2} "
            + $"| {rounds.Median(result => result.GeneratorCpuSeconds):N2} | {rounds.Median(result => result.ServerResidentBytes) / (1 << 20):N0} |");

        string Latency(double share) => $"{rounds.Median(result => Milliseconds(result, share)):N2}";
    }

    private static double Milliseconds(LoadResult result, double share) => result.DeliveryLatency.Quantile(share).TotalMilliseconds;
}
