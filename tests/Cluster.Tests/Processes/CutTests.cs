using System.Net;
using Malten.Testing.Nodes;

namespace Malten.Cluster.Tests.Processes;

/// <summary>Hosts that can't reach each other for a while.</summary>
public sealed class CutTests
{
    [Fact]
    public async Task A_node_that_was_cut_off_comes_back_and_agrees()
    {
        Assert.SkipWhen(TestNetwork.Missing() is not null, TestNetwork.Missing() ?? "");
        var seed = Random.Shared.Next(1_000_000);
        using var network = TestNetwork.Create(3);
        using var cluster = ProcessCluster.On(network);
        await using var trial = Trials.Prepare(cluster, new Load(Streams: 30, Posters: 2, Listeners: 8), seed);
        await cluster.StartAsync(trial.Http);
        await trial.StartAsync();
        await NetworkScenarios.CutAsync(cluster, network, trial, Random.Shared.Next(3), TimeSpan.FromSeconds(15));
        await trial.AssertWellAsync(cluster);
    }

    [Fact]
    public async Task With_three_copies_two_that_are_cut_off_together_refuse_and_two_that_die_at_once_lose_nothing()
    {
        Assert.SkipWhen(TestNetwork.Missing() is not null, TestNetwork.Missing() ?? "");
        var seed = Random.Shared.Next(1_000_000);
        using var network = TestNetwork.Create(5);
        using var cluster = ProcessCluster.On(network);
        foreach (var node in cluster.Nodes) node.More = ["--Malten:Cluster:Copies", "3"];
        await using var trial = Trials.Prepare(cluster, new Load(Streams: 20, Posters: 2, Listeners: 5), seed);
        await cluster.StartAsync(trial.Http);
        await trial.StartAsync();
        await NetworkScenarios.SplitAsync(cluster, network, trial, [1, 3], TimeSpan.FromSeconds(10), async () =>
        {
            foreach (var node in new[] { cluster.Nodes[1], cluster.Nodes[3] })
            {
                await RefusesAsync(trial.Http, $"{node.Url}/readyz");
                await RefusesAsync(trial.Http, $"{node.Url}/messages?stream=untouched-{seed}-0");
            }
        });
        await Scenarios.KillTogetherAsync([cluster.Nodes[0], cluster.Nodes[2]], trial);
        await trial.AssertWellAsync(cluster);
    }

    [Fact]
    public async Task Two_that_do_not_hear_each_other_do_not_stop_the_streams_that_both_hold()
    {
        Assert.SkipWhen(TestNetwork.Missing() is not null, TestNetwork.Missing() ?? "");
        using var network = TestNetwork.Create(3);
        using var cluster = ProcessCluster.On(network);
        await using var trial = Trials.Prepare(cluster, new Load(Streams: 20, Posters: 2, Listeners: 6), Random.Shared.Next(1_000_000));
        await cluster.StartAsync(trial.Http);
        await trial.StartAsync();
        // Posts go on while packets are lost in one direction; a third node hears both and is heard by both.
        var recovery = await NetworkScenarios.LoseAsync(cluster, network, trial, [(0, 1)], TimeSpan.FromSeconds(18));
        Assert.True(recovery < TimeSpan.FromSeconds(18), $"{trial.History}: Posts waited for {recovery}.\n{cluster.Logs}");
        await trial.AssertWellAsync(cluster);
    }

    private static async Task RefusesAsync(HttpClient http, string url)
    {
        using var answer = await http.GetAsync(url);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
    }
}
