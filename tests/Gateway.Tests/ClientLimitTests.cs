using System.Net;
using Malten.Testing.Contract;

namespace Malten.Gateway.Tests;

public sealed class ClientLimitTests : GatewayTests
{
    private const string FivePosts = "--Malten:PostsPerSecondPerClient=5";
    private const string OnePost = "--Malten:PostsPerSecondPerClient=1"; // so few that no machine is too slow for more

    [Fact]
    public async Task A_client_makes_so_many_posts_a_second()
    {
        var (_, api) = await StartAsync(FivePosts);
        foreach (var path in new[] { "/messages?message=a", "/streams", "/pipes", "/commands?prompt=a", "/presence" })
            Assert.NotEqual(HttpStatusCode.TooManyRequests, (await api.PostAsync(path)).Status);
        Answer answer;
        do answer = await PostAsync(api, "s");
        while (answer.Status == HttpStatusCode.OK); // a token may have come back meanwhile
        Refused(answer, HttpStatusCode.TooManyRequests);
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/messages?stream=s")).Status); // reading is free
        await EventuallyAsync(async () => (await PostAsync(api, "s")).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_refused_post_is_not_stored()
    {
        var (_, api) = await StartAsync("--Malten:PostsPerSecondPerClient=1");
        var stored = 0;
        for (var i = 0; i < 10; i++) stored += (await PostAsync(api, "s")).Status == HttpStatusCode.OK ? 1 : 0;
        Assert.InRange(stored, 1, 9);
        Assert.Equal(stored, (await api.GetAsync("/messages?stream=s")).Ok().GetArrayLength());
    }

    [Fact]
    public async Task A_client_has_so_many_listeners()
    {
        var (_, api) = await StartAsync("--Malten:ListenersPerClient=2");
        var first = await api.HearAsync("s");
        await api.HearAsync("s");
        Refused(await api.GetAsync("/events?stream=s"), HttpStatusCode.TooManyRequests);
        await first.DisposeAsync();
        await EventuallyAsync(async () =>
        {
            if ((await api.GetAsync("/presence?stream=s")).Ok().GetProperty("Observers").GetInt32() == 2) return false;
            var raw = await api.ConnectAsync();
            await raw.GetAsync("/events?stream=s");
            return (await raw.ReadToAsync("\r\n")).Contains("200", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_refused_listener_gives_its_place_back()
    {
        var (_, api) = await StartAsync("--Malten:ListenersPerClient=1");
        for (var i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.BadRequest, (await api.GetAsync("/events?last=x")).Status);
        await api.HearAsync("s");
    }

    [Fact]
    public async Task Who_sends_X_Forwarded_For_is_not_believed()
    {
        var (_, api) = await StartAsync(OnePost);
        Assert.Contains(HttpStatusCode.TooManyRequests, await PostFromAsync(api, Enumerable.Range(1, 20).Select(i => $"192.0.2.{i}")));
    }

    [Fact]
    public async Task Who_is_not_a_named_proxy_is_not_believed()
    {
        var (_, api) = await StartAsync(OnePost, "--Malten:TrustedProxies:0=192.0.2.0/24");
        Assert.Contains(HttpStatusCode.TooManyRequests, await PostFromAsync(api, Enumerable.Range(1, 20).Select(i => $"198.51.100.{i}")));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.0/8")]
    public async Task A_named_proxy_speaks_for_its_clients(string proxy)
    {
        var (_, api) = await StartAsync(OnePost, $"--Malten:TrustedProxies:0={proxy}");
        Assert.DoesNotContain(HttpStatusCode.TooManyRequests, await PostFromAsync(api, Enumerable.Range(1, 40).Select(i => $"198.51.100.{i}")));
        Assert.Contains(HttpStatusCode.TooManyRequests, await PostFromAsync(api, Enumerable.Repeat("203.0.113.1", 40)));
        Assert.Equal([HttpStatusCode.OK], await PostFromAsync(api, ["203.0.113.2"]));
    }

    [Fact]
    public async Task Of_a_chain_the_last_that_is_no_named_proxy_counts()
    {
        var (_, api) = await StartAsync(OnePost, "--Malten:TrustedProxies:0=127.0.0.1", "--Malten:TrustedProxies:1=10.0.0.0/8");
        // What stands before the client's own address is what the client says.
        Assert.Contains(HttpStatusCode.TooManyRequests,
            await PostFromAsync(api, Enumerable.Range(1, 40).Select(i => $"198.51.100.{i}, 203.0.113.1, 10.0.0.1")));
    }

    [Fact]
    public async Task An_IPv6_client_is_its_64()
    {
        var (_, api) = await StartAsync(OnePost, "--Malten:TrustedProxies:0=127.0.0.1");
        Assert.Contains(HttpStatusCode.TooManyRequests, await PostFromAsync(api, Enumerable.Range(1, 40).Select(i => $"2001:db8::{i}:1")));
        Assert.Equal([HttpStatusCode.OK], await PostFromAsync(api, ["2001:db8:0:1::1"]));
    }

    [Fact]
    public async Task A_forwarded_address_that_is_none_does_no_harm()
    {
        var (_, api) = await StartAsync("--Malten:TrustedProxies:0=127.0.0.1");
        Assert.All(await PostFromAsync(api, ["", "unknown", "_hidden", "1.2.3.4:99999", "[::1", ",,,", new string('a', 1000)]),
            status => Assert.Equal(HttpStatusCode.OK, status));
    }

    private static async Task<List<HttpStatusCode>> PostFromAsync(Api api, IEnumerable<string> clients)
    {
        var statuses = new List<HttpStatusCode>();
        foreach (var client in clients)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/messages?stream=s&message=a");
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", client);
            statuses.Add((await api.SendAsync(request)).Status);
        }

        return statuses;
    }
}
