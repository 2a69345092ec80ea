using System.Runtime.CompilerServices;
using Malten.Testing.Histories.Checking;
using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Trials of tests: where their histories are, and what every trial has to show.</summary>
internal static class Trials
{
    private static readonly string Histories = Path.Combine(AppContext.BaseDirectory, "histories");

    /// <summary>Prepares a trial. Its history is written beside the tests, under the name of the test class and the seed.</summary>
    public static Trial Prepare(
        ProcessCluster cluster, Load load, int seed, IReadOnlyList<Node>? entrances = null, [CallerFilePath] string testClass = "") =>
        new(cluster, load, seed, Path.Combine(Histories, $"{Path.GetFileNameWithoutExtension(testClass)}-{seed}.jsonl"), entrances);

    /// <summary>Ends a trial, and asserts that its load was of some size and that its history breaks no promise.</summary>
    public static async Task<Report> AssertWellAsync(this Trial trial, ProcessCluster cluster)
    {
        var report = await trial.EndAsync();
        Assert.True(report is { Violations.Count: 0, Gaps: 0 },
            $"{trial.History}: {report}\n{cluster.Logs}");
        Assert.True(report.Acknowledged > 100, "The load was too small to show anything.");
        Assert.True(report.Reads > 0, "No page was read.");
        return report;
    }
}
