using System.Net;
using Malten.Streams.Limits;
using Malten.Testing.Contract;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests;

/// <summary>One stranger can't hurt the rest: over HTTP, from addresses of loopback's 127.0.0.0/8.</summary>
public sealed class ShareTests : GatewayTests
{
    private static readonly string Long = "enc2." + new string('A', 5499);

    [Fact]
    public async Task Three_hundred_people_behind_one_address_notice_nothing()
    {
        var (host, api) = await StartAsync("--Malten:PostsPerSecondPerClient=1000",
            "--Malten:PostsPerSecondPerClientAndStream=20", "--Malten:PostBurstPerClientAndStream=200");
        var listeners = new Listener[300];
        await Parallel.ForAsync(0, listeners.Length, async (i, _) =>
            listeners[i] = await api.ListenAsync($"stream=class{i % 30}&stream=class{(i + 1) % 30}&stream=all"));
        for (var second = 0; second < 5; second++)
        {
            for (var i = 0; i < 100; i++) (await PostAsync(api, $"class{i % 30}", $"{second} {i}")).Ok();
            host.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await Parallel.ForEachAsync(listeners.Index(), async (one, _) =>
        {
            string[] mine = [$"class{one.Index % 30}", $"class{(one.Index + 1) % 30}"];
            var expected = from second in Enumerable.Range(0, 5)
                           from i in Enumerable.Range(0, 100)
                           where mine.Contains($"class{i % 30}")
                           select $"{second} {i}";
            var heard = new List<string>();
            for (var i = 0; i < expected.Count(); i++) heard.Add((await one.Item.NextAsync()).Text);
            Assert.Equal(expected.Order(StringComparer.Ordinal), heard.Order(StringComparer.Ordinal));
        });
    }

    [Fact]
    public async Task One_loud_address_that_has_filled_the_memory_is_refused_and_another_posts()
    {
        var (host, loud) = await StartAsync("--Malten:MaxMemoryMegabytes=1");
        var told = await loud.HearAsync("loud0");
        var posted = 0;
        Answer refused;
        while ((refused = await PostAsync(loud, $"loud{posted % 3}", Long)).Status == HttpStatusCode.OK) posted++;
        Refused(refused, HttpStatusCode.ServiceUnavailable);
        Assert.Contains("holds more", refused.Json().GetProperty("detail").GetString(), StringComparison.Ordinal);
        var quiet = Use(new Api(host.Addresses, IPAddress.Parse("127.0.1.2")));
        for (var i = 0; i < 30; i++) (await PostAsync(quiet, "quiet", $"{i} {new string('x', 1000)}")).Ok();
        (await quiet.PostAsync("/streams", ("stream", "begun"))).Created();
        (await quiet.PostAsync("/pipes")).Created();
        await quiet.HearAsync("quiet");
        Assert.Equal(30, (await loud.GetAsync("/messages?stream=quiet&limit=1024")).Ok().GetArrayLength());
        // Whoever hears the loud one is told what is missing, when coming back.
        while (told.LastId is null) await told.NextAsync();
        var back = await quiet.HearAsync("loud0", "", "1024");
        await back.HearsEventAsync("gap");
        for (var i = 0; (refused = await PostAsync(loud, "loud0", Long)).Status == HttpStatusCode.OK; i++) Assert.InRange(i, 0, 10);
        Refused(refused, HttpStatusCode.ServiceUnavailable);
        Assert.Equal(30, (await loud.GetAsync("/messages?stream=quiet&limit=1024")).Ok().GetArrayLength());
        var capacity = host.Services.GetRequiredService<Capacity>(); // all but its listeners, who have an eighth more
        Assert.InRange(capacity.Bytes - (capacity.Listeners * 20 * 1024), 0, 1024 * 1024);
    }

    [Fact]
    public async Task Two_hundred_and_fifty_addresses_of_one_network_do_not_keep_one_from_elsewhere_out()
    {
        var (host, api) = await StartAsync("--Malten:MaxMemoryMegabytes=1", "--Malten:MaxStreams=250");
        var crowd = Enumerable.Range(1, 250).Select(i => Use(new Api(host.Addresses, IPAddress.Parse($"127.0.9.{i}")))).ToList();
        await Parallel.ForEachAsync(crowd.Index(), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (one, _) =>
        {
            for (var i = 0; i < 5; i++) await PostAsync(one.Item, $"crowd{one.Index}", new string('x', 1000));
        });
        Refused(await PostAsync(crowd[0], "new", Long), HttpStatusCode.ServiceUnavailable);
        for (var i = 0; i < 60; i++) (await PostAsync(api, $"quiet{i % 4}", $"{i} {new string('x', 900)}")).Ok();
        for (var i = 0; i < 4; i++)
            Assert.Equal(15, (await api.GetAsync($"/messages?stream=quiet{i}&limit=1024")).Ok().GetArrayLength());
    }

    [Fact]
    public async Task A_listener_whose_place_is_needed_is_told_why_and_disconnected()
    {
        var (host, loud) = await StartAsync("--Malten:MaxListeners=4");
        var listeners = new List<Listener>();
        for (var i = 0; i < 4; i++) listeners.Add(await loud.HearAsync("s"));
        Refused(await loud.GetAsync("/events?stream=s"), HttpStatusCode.ServiceUnavailable);
        var quiet = Use(new Api(host.Addresses, IPAddress.Parse("127.0.1.2")));
        await quiet.HearAsync("s");
        var closed = await listeners[3].HearsEventAsync("closed");
        Assert.Contains("listeners", closed.Payload.GetProperty("Reason").GetString(), StringComparison.Ordinal);
        await listeners[3].EndsAsync();
        (await PostAsync(quiet, "s")).Ok();
        foreach (var listener in listeners.Take(3)) await listener.HearsAsync("a");
        Refused(await loud.GetAsync("/events?stream=s"), HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Behind_a_proxy_each_client_has_a_share_of_its_own()
    {
        var (_, api) = await StartAsync("--Malten:MaxMemoryMegabytes=1", "--Malten:TrustedProxies:0=127.0.0.1");
        while ((await PostFromAsync(api, "198.51.100.1", "loud")).Status == HttpStatusCode.OK)
        {
        }

        for (var i = 0; i < 10; i++) (await PostFromAsync(api, "2001:db8::1", "quiet")).Ok();
        Answer refused;
        for (var i = 0; (refused = await PostFromAsync(api, "::ffff:198.51.100.1", "loud")).Status == HttpStatusCode.OK; i++) Assert.InRange(i, 0, 10);
        Refused(refused, HttpStatusCode.ServiceUnavailable);
        Assert.Equal(10, (await api.GetAsync("/messages?stream=quiet")).Ok().GetArrayLength());
    }

    [Fact]
    public async Task When_everybody_has_gone_nothing_is_counted_to_anybody()
    {
        var (host, _) = await StartAsync("--Malten:MaxMemoryMegabytes=1");
        for (var i = 1; i <= 5; i++)
        {
            await using var api = new Api(host.Addresses, IPAddress.Parse($"127.0.{i}.1"));
            await api.HearAsync("s");
            for (var j = 0; j < 60; j++) await PostAsync(api, $"s{i}", Long);
            await api.PostAsync("/streams", ("stream", $"t{i}"));
        }

        var capacity = host.Services.GetRequiredService<Capacity>();
        await EventuallyAsync(() => Task.FromResult(capacity is { Listeners: 0, Connections: 0 }));
        host.Time.Advance(TimeSpan.FromDays(1));
        await EventuallyAsync(() => Task.FromResult(capacity.Bytes == 0));
        Assert.Equal((0, 0, 0), (capacity.Streams, capacity.Shares.Clients, capacity.Shares.Networks));
    }

    private static Task<Answer> PostFromAsync(Api api, string client, string stream)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/messages?stream={stream}&message={Long}");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", client);
        return api.SendAsync(request);
    }
}
