namespace Malten.Bench.Load.Scenarios;

/// <summary>The table that compares one silo and three with the gateway alone, in Markdown.</summary>
internal sealed class ClusterTable
{
    private readonly TextWriter _report;

    public ClusterTable(TextWriter report)
    {
        _report = report;
        report.WriteLine("| scenario | server | deliveries/s | posts/s | : gateway | p99 ms | faults | server CPU µs a delivery, or a post | server RSS MB |");
        report.WriteLine("|---|---|--:|--:|--:|--:|---|--:|--:|");
    }

    /// <summary>Writes a row for each server, and compares it with the first.</summary>
    public void Write(Scenario scenario, IReadOnlyList<Rounds> servers)
    {
        foreach (var rounds in servers) WriteRow(scenario, rounds, servers[0]);
    }

    private void WriteRow(Scenario scenario, Rounds rounds, Rounds gateway)
    {
        var delivers = scenario.Plan.Listeners > 0;
        var ratios = delivers
            ? rounds.Ratios(gateway, result => result.DeliveriesPerSecond)
            : rounds.Ratios(gateway, result => result.PostsPerSecond);
        var ratio = rounds == gateway ? ""
            : $"**{Rounds.Median(ratios):N2}** ({string.Join(", ", ratios.Select(one => $"{one:N2}"))})";
        var p99 = rounds.Median(result =>
            (delivers ? result.DeliveryLatency : result.PostLatency).Quantile(0.99).TotalMilliseconds);
        var cost = rounds.Median(result => delivers ? result.ServerMicrosecondsPerDelivery : result.ServerMicrosecondsPerPost);
        _report.WriteLine($"| {scenario.Title} | {(rounds == gateway ? "gateway" : rounds.Server)} "
            + $"| {(delivers ? $"{rounds.Median(result => result.DeliveriesPerSecond):N0}" : "")} "
            + $"| {rounds.Median(result => result.PostsPerSecond):N0} | {ratio} | {p99:N2} | {rounds.Faults} | {cost:N2} "
            + $"| {rounds.Median(result => result.ServerResidentBytes) / (1 << 20):N0} |");
    }
}
