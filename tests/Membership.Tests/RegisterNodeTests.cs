using System.Net;
using System.Net.Sockets;
using Malten.Membership.Registers;
using Malten.Membership.Seeds;
using Malten.Membership.Tests.Wire;
using Malten.Testing;
using Malten.Testing.Nodes;

namespace Malten.Membership.Tests;

[Collection(nameof(Sockets))]
public sealed class RegisterNodeTests
{
    [Fact]
    public async Task A_node_without_seeds_founds_its_generation_at_once_by_the_given_clock()
    {
        var (log, time) = (new TestLog(), new FakeTime());
        await using var node = new RegisterNode(new RegisterNodeOptions(), log.Factory, time);
        Assert.Equal(time.GetUtcNow().ToUnixTimeMilliseconds(), node.Held!.Value.Number);
        Assert.Null(node.LocalEndPoint);
        Assert.StartsWith("Seed 0 founded generation", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_cannot_be_a_seed_that_is_not_listed()
    {
        var options = new RegisterNodeOptions
        {
            Seeds = SeedList.Parse(["127.0.0.1:1"]),
            Self = SeedAddress.Parse("127.0.0.1:2"),
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
        };
        var refused = Assert.Throws<ArgumentException>(() => new RegisterNode(options));
        Assert.StartsWith("127.0.0.1:2 is not one of the seeds.", refused.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => new RegisterNode(null!));
    }

    [Fact]
    public async Task A_node_that_is_no_seed_holds_no_generation_and_does_not_listen()
    {
        await using var node = new RegisterNode(new RegisterNodeOptions { Seeds = SeedList.Parse(["127.0.0.1:1"]) });
        Assert.Null(node.Held);
        Assert.Null(node.LocalEndPoint);
    }

    [Fact]
    public async Task A_seed_listens_on_every_address_at_the_port_it_is_listed_with()
    {
        var seeds = SeedList.Parse([$"127.0.0.1:{FreePorts.Find(1, 1)[0]}"]);
        var options = new RegisterNodeOptions { Seeds = seeds, Self = seeds.Addresses[0] };
        await using (var seed = new RegisterNode(options))
        {
            var any = Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
            Assert.Equal(new IPEndPoint(any, seeds.Addresses[0].Port), seed.LocalEndPoint);
            Assert.Throws<SocketException>(() => new RegisterNode(options));
            await using var client = new RegisterNode(options with { Self = null });
            await client.Register.ReadSoonAsync();
            Assert.Equal(seed.Held, client.Register.Generation);
        }

        await using var again = new RegisterNode(options);
    }

    [Fact]
    public async Task A_seed_that_is_told_where_to_listen_listens_there_alone()
    {
        await using var cluster = new TestCluster(1).StartAll();
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, cluster.Seeds.Addresses[0].Port), cluster[0].LocalEndPoint);
    }

    [Fact]
    public async Task The_largest_value_crosses_the_wire()
    {
        await using var cluster = new TestCluster(1).StartAll();
        await using var client = cluster.Client();
        await client.Register.ReadSoonAsync();
        var largest = new byte[new RegisterOptions().MaxValueBytes];
        Assert.Equal(RegisterOutcome.Changed, (await client.Register.ChangeAsync(_ => largest)).Outcome);
        await using var other = cluster.Client();
        Assert.Equal(largest.Length, (await other.Register.ReadAsync()).Value!.Length);
    }
}
