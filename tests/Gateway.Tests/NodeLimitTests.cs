using System.Globalization;
using System.Net;
using Malten.Streams.Limits;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests;

/// <summary>What a node may hold: beyond it 503, and what is held stays.</summary>
public sealed class NodeLimitTests : GatewayTests
{
    [Fact]
    public async Task So_many_streams()
    {
        var (host, api) = await StartAsync("--Malten:MaxStreams=2");
        (await api.PostAsync("/streams", ("stream", "a"), ("ttl", "1"))).Created();
        (await PostAsync(api, "b")).Ok();
        Refused(await api.PostAsync("/streams", ("stream", "c")), HttpStatusCode.ServiceUnavailable);
        Refused(await PostAsync(api, "c"), HttpStatusCode.ServiceUnavailable);
        Refused(await api.PostAsync("/pipes"), HttpStatusCode.ServiceUnavailable);
        (await PostAsync(api, "a")).Ok();
        (await PostAsync(api, "b")).Ok();
        var listener = await api.HearAsync("b", "last=0");
        await listener.HearsAsync("a", "a");
        host.Time.Advance(TimeSpan.FromSeconds(2));
        (await PostAsync(api, "c")).Ok();
    }

    [Fact]
    public async Task So_many_listeners()
    {
        var (_, api) = await StartAsync("--Malten:MaxListeners=2");
        var first = await api.HearAsync("s");
        await api.HearAsync("t");
        Refused(await api.GetAsync("/events?stream=s"), HttpStatusCode.ServiceUnavailable);
        (await PostAsync(api, "s")).Ok();
        await first.HearsAsync("a");
        await first.DisposeAsync();
        await EventuallyAsync(async () => (await api.GetAsync("/presence?stream=s")).Ok().GetProperty("Observers").GetInt32() == 0);
        await api.HearAsync("s");
    }

    [Theory]
    [InlineData("/events?stream=s", "X: {0}\r\nY: {0}", 2 * 7000)]
    [InlineData("/events?stream=s&x={0}", "X: y", 2 * 7000)]
    [InlineData("/bytes?channel=0&stream={1}&seat={2}&x={0}", "X: {0}", 3 * 7000)]
    public async Task A_listener_with_its_long_request(string path, string header, int characters)
    {
        var (host, api) = await StartAsync();
        var pipe = (await api.PostAsync("/pipes")).Created();
        var (name, seat) = (pipe.GetProperty("stream").GetString(), pipe.GetProperty("seats")[0].GetString());
        var capacity = host.Services.GetRequiredService<Capacity>();
        var before = capacity.Bytes;
        var costs = new List<long>();
        foreach (var padding in new[] { "x", new string('x', 7000) })
        {
            await using var raw = await api.ConnectAsync();
            await raw.GetAsync(string.Format(CultureInfo.InvariantCulture, path, padding, name, seat),
                string.Format(CultureInfo.InvariantCulture, header, padding) + "\r\n");
            Assert.Contains(" 200 ", await raw.ReadToAsync("\r\n"), StringComparison.Ordinal);
            costs.Add(capacity.Bytes - before);
            await raw.DisposeAsync();
            await EventuallyAsync(() => Task.FromResult(capacity.Bytes == before));
        }

        // Its coming may still be told to it, or may have been.
        Assert.InRange(costs[1] - costs[0], ((characters - 2048) * sizeof(char)) - 1024, (characters * sizeof(char)) + 1024);
    }

    [Fact]
    public async Task So_much_memory()
    {
        var (host, api) = await StartAsync("--Malten:MaxMemoryMegabytes=1");
        var text = "enc2." + new string('A', 5499);
        var held = 0;
        while ((await PostAsync(api, "full", text)) is { Status: HttpStatusCode.OK } answer) held++;
        Assert.InRange(held, 100, 1024 * 1024 / text.Length);
        Refused(await PostAsync(api, "full", text), HttpStatusCode.ServiceUnavailable);
        Refused(await PostAsync(api, "other", text), HttpStatusCode.ServiceUnavailable);
        (await api.PostAsync("/streams", ("stream", "other"), ("ttl", "1"))).Created(); // a refused post began nothing, and a little is left
        Assert.Equal(held, (await api.GetAsync("/messages?stream=full&limit=1024")).Ok().GetArrayLength());
        var listener = await api.HearAsync("full", "last=0");
        for (var i = 0; i < held; i++) Assert.Equal(text, (await listener.NextAsync()).Text);
        host.Time.Advance(TimeSpan.FromSeconds(1025));
        (await PostAsync(api, "full", text)).Ok();
    }

    [Fact]
    public async Task A_full_stream_goes_on_within_its_memory()
    {
        var (_, api) = await StartAsync("--Malten:MaxMemoryMegabytes=1");
        for (var i = 0; i < 1100; i++) (await PostAsync(api, "s", $"{i} {new string('x', 400)}")).Ok();
        Assert.Equal(1024, (await api.GetAsync("/messages?stream=s&limit=1024")).Ok().GetArrayLength());
    }
}
