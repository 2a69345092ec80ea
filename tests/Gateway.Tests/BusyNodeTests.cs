using System.Net;
using Malten.Gateway.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Malten.Testing.Contract;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests;

/// <summary>When time is scarce, whatever is asked takes its turn: over HTTP, with a thread pool whose queue does not move.</summary>
public sealed class BusyNodeTests : GatewayTests
{
    private const int Level = 10; // requests a second
    private const int Flood = 60;
    private const int Served = 12; // ten at once, and two that wait for less than a quarter of a second

    private static readonly ClientKey Loud = new(1, 1);

    [Theory]
    [InlineData("GET", "/readyz", null, HttpStatusCode.OK)]
    [InlineData("HEAD", "/healthz", null, HttpStatusCode.OK)]
    [InlineData("OPTIONS", "/messages", "https://example.org", HttpStatusCode.NoContent)] // a preflight
    [InlineData("GET", "/messages", "https://example.org", HttpStatusCode.OK)]
    [InlineData("GET", "/messages", "https://evil.example", HttpStatusCode.Forbidden)]
    public async Task Of_a_flood_from_one_address_most_is_refused_and_another_is_served(
        string method, string path, string? origin, HttpStatusCode answer)
    {
        var (host, turns) = await StartBusyAsync("--Malten:AllowedOrigins:0=https://example.org");
        var (one, other) = (Use(new Api(host.Addresses)), Use(new Api(host.Addresses, IPAddress.Parse("127.0.1.1"))));
        var answers = await Task.WhenAll(Enumerable.Range(0, Flood).Select(_ => one.SendAsync(Request(method, path, origin))));
        Assert.Equal(Served, answers.Count(one => one.Status == answer));
        var refused = answers.Where(one => one.Status == HttpStatusCode.TooManyRequests).ToList();
        Assert.Equal(Flood - Served, refused.Count);
        Assert.Equal(2, turns.Clients);
        Assert.Equal(answer, (await other.SendAsync(Request(method, path, origin))).Status);
        if (method == "GET" && answer == HttpStatusCode.OK && origin is not null) // the page may read why
            Assert.All(refused, one => Assert.Equal(origin, Assert.Single(one.Headers.GetValues("Access-Control-Allow-Origin"))));
    }

    [Fact]
    public async Task A_monitor_is_answered_where_all_else_of_its_address_is_refused()
    {
        var (host, _) = await StartBusyAsync();
        var api = Use(new Api(host.Addresses));
        var answers = await Task.WhenAll(Enumerable.Range(0, Flood).Select(_ => api.GetAsync("/messages")));
        Assert.Equal(Served, answers.Count(one => one.Status == HttpStatusCode.OK));
        for (var i = 0; i < 5; i++)
        {
            (await api.GetAsync("/healthz")).Ok();
            (await api.GetAsync("/readyz")).Ok();
        }

        Refused(await api.GetAsync("/readyz"), HttpStatusCode.TooManyRequests);
    }

    private static HttpRequestMessage Request(string method, string path, string? origin)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (method == "OPTIONS") request.Headers.Add("Access-Control-Request-Method", "POST");
        return request;
    }

    private async Task<(GatewayHost Host, Turns Turns)> StartBusyAsync(params string[] settings)
    {
        var time = new FakeTime();
        var turns = new Turns(Level, new QueueDelay(static _ => { }, time), time);
        var host = Use(await GatewayHost.StartAsync(settings, builder => builder.Services.AddSingleton(turns)));
        while (turns.Level > Level)
        {
            for (var i = 0; i < 10 * Level; i++) turns.Take(Loud);
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        return (host, turns);
    }
}
