namespace Malten.Bench.Load.Scenarios;

/// <summary>The table of posts, in Markdown.</summary>
internal static class PostTable
{
    public static void Write(TextWriter report, Rounds malten, Rounds empty)
    {
        report.WriteLine();
        report.WriteLine($"| {Scenario.Posts.Title} | posts/s | p50 ms | p99 ms | server CPU s | server CPU µs a post | generator CPU s |");
        report.WriteLine("|---|--:|--:|--:|--:|--:|--:|");
        WriteRow(report, "Malten, `POST /messages`", malten);
        WriteRow(report, "an empty POST endpoint on the same Kestrel", empty);
        var ratios = malten.Ratios(empty, result => result.PostsPerSecond);
        report.WriteLine($"| **Malten : empty** | **{Rounds.Median(ratios):N2}** "
            + $"({string.Join(", ", ratios.Select(ratio => $"{ratio:N2}"))}) | | | | | |");
    }

    private static void WriteRow(TextWriter report, string name, Rounds rounds)
    {
        report.WriteLine($"| {name} | {rounds.Median(result => result.PostsPerSecond):N0} | {Latency(0.5)} | {Latency(0.99)} "
            + $"| {rounds.Median(result => result.ServerCpuSeconds):N2} "
            + $"| {rounds.Median(result => result.ServerMicrosecondsPerPost):N2} | {rounds.Median(result => result.GeneratorCpuSeconds):N2} |");

        string Latency(double share) =>
            $"{rounds.Median(result => result.PostLatency.Quantile(share).TotalMilliseconds):N2}";
    }
}
