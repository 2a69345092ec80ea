using System.Net;

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
