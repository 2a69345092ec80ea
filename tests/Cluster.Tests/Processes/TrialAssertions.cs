using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>What every trial has to show.</summary>
internal static class TrialAssertions
{
    /// <summary>Ends a trial, and asserts that its load was of some size and that nothing was lost, repeated or out of order.</summary>
    public static async Task<Verdict> AssertWellAsync(this Trial trial, ProcessCluster cluster, int seed)
    {
        var verdict = await trial.EndAsync();
        Assert.True(verdict.Faults.Count == 0,
            $"seed {seed}: {verdict}\n{string.Join('\n', cluster.Nodes.Select(node => $"--- node {node.Index}\n{node.Log}"))}");
        Assert.True(verdict.Acknowledged > 100, "The load was too small to show anything.");
        return verdict;
    }
}
