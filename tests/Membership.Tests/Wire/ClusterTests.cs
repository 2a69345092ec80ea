using System.Diagnostics;
using System.Net;
using Malten.Membership.Registers;
using Malten.Membership.Seeds;
using Malten.Testing.Nodes;

namespace Malten.Membership.Tests.Wire;

[Collection(nameof(Sockets))]
public class ClusterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_node_that_is_no_seed_uses_the_register_too()
    {
        await using var cluster = new TestCluster(3).StartAll();
        await using var client = cluster.Client();
        await client.Register.AppendAsync("a");
        await cluster[1].Register.AppendAsync("b");
        Assert.Equal("ab", await client.Register.ReadTextAsync());
        Assert.Equal(client.Register.Generation, cluster[1].Register.Generation);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Any_seed_may_die_and_return(int seed)
    {
        await using var cluster = new TestCluster(3).StartAll();
        await using var client = cluster.Client();
        await client.Register.AppendAsync("a");
        // Losing one seed loses nothing only if all three take part first: "a" needs two of them.
        for (var each = 0; each < 3; each++) await RecoveredAsync(cluster, each);
        await cluster.StopAsync(seed);
        await client.Register.AppendAsync("b");
        await using (var late = cluster.Client()) await late.Register.AppendAsync("c");

        cluster.Start(seed);
        await RecoveredAsync(cluster, seed);
        await cluster.StopAsync((seed + 1) % 3);
        await client.Register.AppendAsync("d");
        Assert.Equal("abcd", await cluster[seed].Register.ReadTextAsync());
    }

    [Theory]
    [InlineData(new[] { 2, 1, 0 })]
    [InlineData(new[] { 1, 0, 2 })]
    public async Task Seeds_start_in_any_order_and_calls_wait_for_a_majority(int[] order)
    {
        await using var cluster = new TestCluster(3);
        await using var client = cluster.Client();
        var early = client.Register.ChangeAsync(_ => "a"u8.ToArray());
        cluster.Start(order[0]);
        Assert.False(early.IsCompleted);
        cluster.Start(order[1]);
        Assert.Equal(RegisterOutcome.Changed, (await early).Outcome);
        cluster.Start(order[2]);
        Assert.Equal("a", await cluster[order[2]].Register.ReadSoonAsync());
    }

    [Fact]
    public async Task Without_a_majority_calls_time_out_and_later_the_cluster_recovers()
    {
        await using var cluster = new TestCluster(3).StartAll();
        await using var client = cluster.Client();
        await client.Register.AppendAsync("a");
        var quick = new RegisterOptions { Timeout = TimeSpan.FromMilliseconds(200) };
        await using var hasty = new RegisterNode(cluster.Options() with { Register = quick });
        Assert.Equal("a", await hasty.Register.ReadSoonAsync());
        await cluster.StopAsync(0);
        await cluster.StopAsync(2);

        var clock = Stopwatch.StartNew();
        Assert.Equal(RegisterOutcome.NoQuorum, (await hasty.Register.ReadAsync()).Outcome);
        Assert.Equal(RegisterOutcome.NoQuorum, (await hasty.Register.ChangeAsync(_ => [1])).Outcome);
        var failure = await Assert.ThrowsAsync<RegisterException>(() => hasty.Table.ReadAllAsync());
        Assert.Equal(RegisterOutcome.NoQuorum, failure.Outcome);
        Assert.True(clock.Elapsed < 2 * new RegisterOptions().Timeout, $"{clock.Elapsed}");

        // Two of three lost their memory. What the third holds may not be the newest, so a new generation begins.
        cluster.Start(0);
        cluster.Start(2);
        var told = new List<GenerationChangedEventArgs>();
        client.Register.GenerationChanged += (_, change) => told.Add(change);
        var old = client.Register.Generation;
        var result = await Eventually(() => client.Register.ReadAsync(), RegisterOutcome.GenerationChanged);
        Assert.Equal(old, Assert.Single(told).From);
        Assert.Equal(result.Generation, told[0].To);
        Assert.True(result.Generation!.Value.Number > old!.Value.Number);
        Assert.Equal(RegisterOutcome.GenerationChanged, (await client.Register.ChangeAsync(_ => [1])).Outcome);

        client.Register.Adopt(result.Generation.Value);
        Assert.Null(await client.Register.ReadSoonAsync());
        await client.Register.AppendAsync("b");
        // The seed that had kept its memory has joined.
        await RecoveredAsync(cluster, 1);
        await cluster.StopAsync(0);
        Assert.Equal("b", await client.Register.ReadSoonAsync());
    }

    [Fact]
    public async Task Concurrent_writers_all_succeed()
    {
        await using var cluster = new TestCluster(3).StartAll();
        await cluster[0].Register.ReadSoonAsync();
        var clients = Enumerable.Range(0, 6).Select(_ => cluster.Client()).ToList();
        await Task.WhenAll(clients.Select(async client =>
        {
            for (var i = 0; i < 5; i++) await client.Register.AppendAsync("x");
        }));
        Assert.Equal(30, (await cluster[1].Register.ReadTextAsync())!.Length);
        foreach (var client in clients) await client.DisposeAsync();
    }

    [Fact]
    public async Task A_seed_alone_in_its_list_and_a_node_without_seeds_are_clusters_of_one()
    {
        await using var cluster = new TestCluster(1).StartAll();
        await cluster[0].Register.AppendAsync("a");
        await using var client = cluster.Client();
        Assert.Equal("a", await client.Register.ReadTextAsync());
        await using var alone = new RegisterNode(new RegisterNodeOptions());
        await alone.Register.AppendAsync("b");
        Assert.Equal("b", await alone.Register.ReadTextAsync());
        Assert.Null(alone.LocalEndPoint);
    }

    [Fact]
    public async Task Names_are_resolved_again_when_a_seed_has_moved()
    {
        var port = FreePorts.Find(1, 1)[0];
        var options = new RegisterNodeOptions
        {
            Seeds = SeedList.Parse([$"silo-1:{port}"]),
            Seed = new SeedOptions { RecoveryInterval = TimeSpan.FromMilliseconds(20) },
        };
        var asked = 0;
        var address = IPAddress.Parse("127.0.0.2");
        await using var client = new RegisterNode(options, null, null, (host, _) =>
        {
            Assert.Equal("silo-1", host);
            asked++;
            return Task.FromResult(new[] { address });
        });

        await using (var first = Seed(address)) await client.Register.AppendAsync("a");
        address = IPAddress.Parse("127.0.0.3");
        await using var second = Seed(address);
        var result = await Eventually(() => client.Register.ReadAsync(), RegisterOutcome.GenerationChanged);
        Assert.NotNull(result.Generation);
        Assert.True(asked > 1);

        RegisterNode Seed(IPAddress at) => new(options with
        {
            Self = options.Seeds!.Addresses[0],
            Listen = new IPEndPoint(at, port),
        });
    }

    // Returns once the seed holds the generation that the next one reads.
    private static async Task RecoveredAsync(TestCluster cluster, int seed)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            var result = await cluster[(seed + 1) % 3].Register.ReadAsync();
            if (result.Generation is { } generation && cluster[seed].Held == generation) return;
            Assert.True(clock.Elapsed < Patience, $"Seed {seed} holds {cluster[seed].Held}, not {result.Generation}.");
            await Task.Delay(10);
        }
    }

    private static async Task<RegisterResult> Eventually(Func<Task<RegisterResult>> call, RegisterOutcome outcome)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            var result = await call();
            if (result.Outcome == outcome) return result;
            Assert.True(clock.Elapsed < Patience, $"Still {result.Outcome}.");
        }
    }
}
