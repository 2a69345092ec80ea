using System.Net;
using Malten.Gateway.Limits;

namespace Malten.Gateway.Tests;

public sealed class ClientKeyTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)] // one host, seen by a dual-stack socket
    [InlineData("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true)] // one /64
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("2001:db8:1::1", "2001:db8:2::1", false)]
    [InlineData("0.0.0.1", "0:0:0:1::", false)] // equal bits, other family
    [InlineData("fe80::1%1", "fe80::2%2", true)]
    public void Two_addresses_are_one_client(string one, string other, bool same) =>
        Assert.Equal(same, ClientKey.Of(IPAddress.Parse(one)) == ClientKey.Of(IPAddress.Parse(other)));

    [Fact]
    public void Without_an_address_all_are_one_client() => Assert.Equal(ClientKey.Of(null), ClientKey.Of(null));

    [Fact]
    public void A_key_does_not_show_a_whole_IPv6_address() =>
        Assert.DoesNotContain("cafe", $"{ClientKey.Of(IPAddress.Parse("2001:db8::cafe"))}", StringComparison.Ordinal);
}
