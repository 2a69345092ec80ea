using System.Net;
using Malten.Gateway.Tests;
using Malten.Testing.Contract;
using Malten.Testing.Provider;

namespace Malten.Gateway.Commands;

/// <summary>What a client is told over HTTP when its share, or the node's, is used up.</summary>
public sealed class RefusedForCostTests : GatewayTests
{
    private const int Least = 8192 + 4096;

    [Theory]
    [InlineData("--Malten:Chat:TokensPerDayPerClient", HttpStatusCode.TooManyRequests, HttpStatusCode.OK)]
    [InlineData("--Malten:Chat:TokensPerDay", HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable)]
    public async Task It_is_told_why_and_when_to_ask_again(string setting, HttpStatusCode same, HttpStatusCode other)
    {
        var provider = Use(await FakeProvider.StartAsync());
        provider.Reply = FakeReply.Text("Yes.", tokens: 1001);
        var (host, api) = await StartAsync($"{setting}={Least + 1000}", "--Malten:TrustedProxies:0=127.0.0.1",
            $"--OPENAI_API_KEY={FakeProvider.Key}", $"--OPENAI_BASE_URL={provider.BaseUrl}");
        await AskAsync(api, "/commands?stream=s&prompt=What", "192.0.2.1");
        await EventuallyAsync(async () => // until it is settled
            (await AskAsync(api, "/commands?stream=other&prompt=What", "192.0.2.1")).Headers.RetryAfter?.Delta > TimeSpan.FromMinutes(1));
        foreach (var (index, path) in new[] { "/commands?stream=s&prompt=More", "/messages?stream=s&message=%2Fmalten+More" }.Index())
        {
            var refused = await AskAsync(api, path, "192.0.2.1");
            Refused(refused, same);
            Assert.Equal(TimeSpan.FromHours(12), refused.Headers.RetryAfter!.Delta); // the clock of the test stands at noon
            Assert.Contains("00:00 UTC", refused.Json().GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Equal(other, (await AskAsync(api, path, $"192.0.2.{index + 2}")).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(api, "s", "said, not asked")).Status);
        host.Time.Advance(TimeSpan.FromHours(12));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(api, "/commands?stream=later&prompt=More", "192.0.2.1")).Status);
    }

    [Fact]
    public async Task What_is_only_under_way_is_worth_a_short_wait()
    {
        var provider = Use(await FakeProvider.StartAsync());
        provider.Reply = FakeReply.Silence;
        var (_, api) = await StartAsync($"--Malten:Chat:TokensPerDayPerClient={Least}",
            $"--OPENAI_API_KEY={FakeProvider.Key}", $"--OPENAI_BASE_URL={provider.BaseUrl}");
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync("/commands?prompt=What")).Status);
        var refused = await api.PostAsync("/commands?prompt=More");
        Refused(refused, HttpStatusCode.TooManyRequests);
        Assert.Equal(TimeSpan.FromSeconds(10), refused.Headers.RetryAfter!.Delta);
    }

    private static Task<Answer> AskAsync(Api api, string path, string client)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("X-Forwarded-For", client);
        return api.SendAsync(request);
    }
}
