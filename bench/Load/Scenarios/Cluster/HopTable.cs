using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Scenarios;

/// <summary>The table of the latency that a hop between nodes adds, in Markdown.</summary>
internal static class HopTable
{
    private static readonly (string Title, Func<int, int, bool> Includes)[] Ways =
    [
        ("posted and heard at the holder", (poster, listener) => poster == 0 && listener == 0),
        ("posted elsewhere, heard at the holder", (poster, listener) => poster != 0 && listener == 0),
        ("posted at the holder, heard elsewhere", (poster, listener) => poster == 0 && listener != 0),
        ("posted and heard elsewhere, on one node", (poster, listener) => poster != 0 && listener == poster),
        ("posted and heard elsewhere, on two nodes", (poster, listener) => poster != 0 && listener != 0 && listener != poster),
    ];

    public static void Write(TextWriter report, IReadOnlyList<HopResult> results)
    {
        var (alone, three) = (results[0], results[1]);
        report.WriteLine();
        report.WriteLine("| open loop, 480 posts/s to 16 streams, each heard on three nodes | p50 ms | p99 ms | added p50 ms | added p99 ms | faults |");
        report.WriteLine("|---|--:|--:|--:|--:|---|");
        var near = three.Between(Ways[0].Includes);
        WriteRow(report, "one silo, no second copy", alone.Between((_, _) => true), null, $"{alone.Faults}");
        foreach (var (title, includes) in Ways)
            WriteRow(report, $"three silos: {title}", three.Between(includes), near, $"{three.Faults}");
        WriteRow(report, "one silo: the post is answered", alone.AnsweredAt(_ => true), null, "");
        near = three.AnsweredAt(poster => poster == 0);
        WriteRow(report, "three silos: a post at the holder is answered", near, near, "");
        WriteRow(report, "three silos: a post elsewhere is answered", three.AnsweredAt(poster => poster != 0), near, "");
    }

    private static void WriteRow(TextWriter report, string title, LatencyHistogram latency, LatencyHistogram? near, string faults)
    {
        report.WriteLine($"| {title} | {Milliseconds(latency, 0.5):N2} | {Milliseconds(latency, 0.99):N2} | {Added(0.5)} | {Added(0.99)} | {faults} |");

        string Added(double share) =>
            near is null || near == latency ? "" : $"{Milliseconds(latency, share) - Milliseconds(near, share):N2}";
    }

    private static double Milliseconds(LatencyHistogram latency, double share) => latency.Quantile(share).TotalMilliseconds;
}
