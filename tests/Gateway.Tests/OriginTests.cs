using System.Net;

namespace Malten.Gateway.Tests;

/// <summary>Which web pages may use a node: any, unless some are named.</summary>
public sealed class OriginTests : GatewayTests
{
    [Theory]
    [InlineData("https://example.org", true)]
    [InlineData("null", false)]
    [InlineData("https://example.org.evil.example", false)]
    [InlineData("http://example.org", false)]
    [InlineData("rubbish", false)]
    public async Task Named_ones_and_no_others(string origin, bool isAllowed)
    {
        var (host, api) = await StartAsync("--Malten:AllowedOrigins:0=https://example.org");
        using var http = new HttpClient { BaseAddress = host.Address };
        using var posted = await SendAsync(http, origin);
        Assert.Equal(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, posted.StatusCode);
        Assert.Equal(isAllowed, posted.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal(isAllowed ? 1 : 0, (await api.GetAsync("/messages?stream=s")).Ok().GetArrayLength());
    }

    [Fact]
    public async Task The_nodes_own_page_and_programs_always()
    {
        var (host, _) = await StartAsync("--Malten:AllowedOrigins:0=https://example.org");
        using var http = new HttpClient { BaseAddress = host.Address };
        using var own = await SendAsync(http, host.Address.GetLeftPart(UriPartial.Authority));
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        using var behindProxy = await SendAsync(http, "https://chat.example", "same-origin");
        Assert.Equal(HttpStatusCode.OK, behindProxy.StatusCode);
        using var other = await SendAsync(http, "https://chat.example", "cross-site");
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        using var program = await SendAsync(http, null);
        Assert.Equal(HttpStatusCode.OK, program.StatusCode);
    }

    [Fact]
    public async Task Any_where_none_is_named()
    {
        var (host, _) = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Address };
        using var posted = await SendAsync(http, "null");
        Assert.Equal((HttpStatusCode.OK, "*"), (posted.StatusCode, Assert.Single(posted.Headers.GetValues("Access-Control-Allow-Origin"))));
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string? origin, string? site = null)
    {
        using var post = new HttpRequestMessage(HttpMethod.Post, "/messages")
        {
            Content = new FormUrlEncodedContent([new("stream", "s"), new("message", "hello")]),
        };
        if (origin is not null) post.Headers.TryAddWithoutValidation("Origin", origin);
        if (site is not null) post.Headers.Add("Sec-Fetch-Site", site);
        return await http.SendAsync(post);
    }
}
