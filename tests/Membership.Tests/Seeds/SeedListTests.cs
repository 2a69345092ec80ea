using Malten.Membership.Seeds;

namespace Malten.Membership.Tests.Seeds;

public class SeedListTests
{
    [Theory]
    [InlineData("silo-1:11112", "silo-1", 11112)]
    [InlineData("SILO_1.local:1", "silo_1.local", 1)]
    [InlineData("192.168.0.7:65535", "192.168.0.7", 65535)]
    [InlineData("[::1]:80", "::1", 80)]
    public void A_seed_is_a_host_and_a_port(string text, string host, int port)
    {
        var seed = SeedAddress.Parse(text);
        Assert.Equal((host, port), (seed.Host, seed.Port));
        Assert.Equal(seed, SeedAddress.Parse(seed.ToString()));
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("silo:0")]
    [InlineData("silo:65536")]
    [InlineData(":1")]
    [InlineData("::1:80")]
    [InlineData("a:1/b")]
    [InlineData("a@b:1")]
    [InlineData("a b:1")]
    [InlineData("")]
    [InlineData("silo:1?b")]
    [InlineData("silo:1#b")]
    public void Anything_else_is_refused_with_a_message_that_shows_it(string text)
    {
        var refused = Assert.Throws<FormatException>(() => SeedAddress.Parse(text));
        Assert.Equal(
            $"'{text}' is not the address of a seed. Expected host:port, such as silo-1:11112 or [::1]:11112.",
            refused.Message);
    }

    [Fact]
    public void The_order_of_the_list_does_not_matter_and_none_is_listed_twice()
    {
        var one = SeedList.Parse(["b:1", "a:1", "a:2"]);
        var other = SeedList.Parse(["a:2", "b:1", "a:1"]);
        Assert.Equal(one.Addresses, other.Addresses);
        Assert.Equal(one.Digest, other.Digest);
        Assert.NotEqual(one.Digest, SeedList.Parse(["a:1", "b:1"]).Digest);
    }

    [Fact]
    public void A_list_has_one_to_nine_seeds_and_none_twice()
    {
        Assert.Equal("A seed is listed twice.", Refusal("a:1", "A:1"));
        Assert.Equal("0 seeds are listed; 1 to 9 are allowed.", Refusal());
        Assert.Equal("10 seeds are listed; 1 to 9 are allowed.", Refusal(Ports(10)));
        Assert.Equal(9, SeedList.Parse(Ports(9)).Addresses.Length);
        Assert.Single(SeedList.Parse(Ports(1)).Addresses);

        static string[] Ports(int count) => [.. Enumerable.Range(1, count).Select(port => $"a:{port}")];

        static string Refusal(params string[] seeds) =>
            Assert.Throws<FormatException>(() => SeedList.Parse(seeds)).Message;
    }

    [Fact]
    public async Task A_list_that_names_this_process_twice_is_refused_with_both_names()
    {
        var twice = SeedList.Parse(["127.0.0.1:7001", "localhost:7001", "localhost:7002"]);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => twice.FindSelfAsync(7001));
        Assert.Equal("The seeds 127.0.0.1:7001 and localhost:7001 are both this process.", refused.Message);
        Assert.NotNull(await twice.FindSelfAsync(7002));
    }

    [Fact]
    public void Lists_that_only_look_alike_when_joined_have_different_digests() =>
        Assert.NotEqual(SeedList.Parse(["a:1", "b:11"]).Digest, SeedList.Parse(["a:11", "b:1"]).Digest);

    [Fact]
    public async Task A_node_finds_itself_in_the_list_by_address_and_port()
    {
        var seeds = SeedList.Parse(["192.0.2.1:7001", "localhost:7002", "[::1]:7003", "no.such.host.invalid:7004"]);
        Assert.Equal("localhost", (await seeds.FindSelfAsync(7002))?.Host);
        Assert.Equal("::1", (await seeds.FindSelfAsync(7003))?.Host);
        Assert.Null(await seeds.FindSelfAsync(7001));
        Assert.Null(await seeds.FindSelfAsync(7004));
        Assert.Null(await seeds.FindSelfAsync(7005));
    }
}
