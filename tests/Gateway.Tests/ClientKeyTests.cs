using System.Net;
using Malten.Gateway.Limits;

namespace Malten.Gateway.Tests;

public sealed class ClientKeyTests
{
    private readonly ClientKeys _clients = new();

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)] // one host, seen by a dual-stack socket
    [InlineData("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true)] // one /64
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("2001:db8:1::1", "2001:db8:2::1", false)]
    [InlineData("0.0.0.1", "0:0:0:1::", false)] // equal bits, other family
    [InlineData("0.0.0.0", "::", false)]
    [InlineData("fe80::1%1", "fe80::2%2", true)]
    public void Two_addresses_are_one_client(string one, string other, bool same) =>
        Assert.Equal(same, _clients.Of(IPAddress.Parse(one)) == _clients.Of(IPAddress.Parse(other)));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.255", true)]
    [InlineData("192.0.2.1", "192.0.3.1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.2", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", true)] // one /48
    [InlineData("2001:db8::1", "2001:db8:1::1", false)]
    public void Two_addresses_are_of_one_network(string one, string other, bool same) =>
        Assert.Equal(same, _clients.Of(IPAddress.Parse(one)).Network == _clients.Of(IPAddress.Parse(other)).Network);

    [Theory]
    [InlineData("192.0.2.1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("172.32.0.1", false)]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.255.255", true)]
    [InlineData("192.168.1.1", true)]
    [InlineData("::ffff:192.168.1.1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("fe80::1%1", true)]
    public void Neighbours_on_a_LAN_are_no_network(string address, bool isAlone)
    {
        var client = _clients.WithNetwork(IPAddress.Parse(address));
        Assert.Equal(isAlone, client.Network == client.Hash);
        Assert.Equal(_clients.Of(IPAddress.Parse(address)).Hash, client.Hash);
    }

    [Fact]
    public void Whoever_was_here_lately_is_found_again_among_many()
    {
        var all = Enumerable.Range(0, 5000).Select(i => new IPAddress(0x01020000 + i)).ToList();
        var first = all.ConvertAll(_clients.Of);
        Assert.Equal(5000, first.Distinct().Count());
        Assert.Equal(first, all.ConvertAll(_clients.Of));
    }

    [Fact]
    public void Without_an_address_all_are_one_client()
    {
        Assert.Equal(_clients.Of((IPAddress?)null), _clients.Of((IPAddress?)null));
        Assert.NotEqual(_clients.Of((IPAddress?)null), _clients.Of(IPAddress.Any));
    }

    [Fact]
    public void After_the_next_start_nobody_is_recognized() =>
        Assert.NotEqual(_clients.Of(IPAddress.Loopback), new ClientKeys().Of(IPAddress.Loopback));

    [Fact]
    public void A_key_shows_nothing_of_whose_it_is() =>
        Assert.Equal("(client)", $"{_clients.Of(IPAddress.Parse("2001:db8::cafe"))}");
}
