using System.Net;
using Malten.Gateway.Limits;
using Malten.Gateway.Settings;
using Malten.Streams.Values;
using Malten.Testing;
using Malten.Testing.Contract;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>A stream belongs to more than the loudest: nobody wipes at once what others said.</summary>
public sealed class StreamPaceTests : GatewayTests
{
    private static readonly string[] Defaults =
        ["--Malten:PostsPerSecondPerClientAndStream=20", "--Malten:PostBurstPerClientAndStream=200"];

    private readonly FakeTime _time = new();

    [Fact]
    public async Task After_a_burst_of_200_a_client_posts_20_a_second_to_a_stream_and_elsewhere_as_before()
    {
        var (host, api) = await StartAsync(Defaults);
        for (var i = 0; i < 200; i++) (await PostAsync(api, "s")).Ok();
        var refused = await PostAsync(api, "s");
        Refused(refused, HttpStatusCode.TooManyRequests);
        Assert.Equal("stream", refused.Json().GetProperty("param").GetString());
        (await PostAsync(api, "t")).Ok();
        var other = Use(new Api(host.Addresses, IPAddress.Parse("127.0.0.2")));
        (await PostAsync(other, "s")).Ok();

        host.Time.Advance(TimeSpan.FromMilliseconds(49));
        Refused(await PostAsync(api, "s"), HttpStatusCode.TooManyRequests);
        host.Time.Advance(TimeSpan.FromMilliseconds(1));
        (await PostAsync(api, "s")).Ok();
        Refused(await PostAsync(api, "s"), HttpStatusCode.TooManyRequests);
        host.Time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 20; i++) (await PostAsync(api, "s")).Ok();
        Refused(await PostAsync(api, "s"), HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task It_takes_longer_than_40_seconds_to_wipe_what_others_said()
    {
        var (host, loud) = await StartAsync(Defaults);
        var other = Use(new Api(host.Addresses, IPAddress.Parse("127.0.0.2")));
        (await PostAsync(other, "s", "what others said")).Ok();
        for (var second = 0; second < 40; second++)
        {
            while ((await PostAsync(loud, "s")).Status == HttpStatusCode.OK)
            {
            }

            host.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var oldest = (await loud.GetAsync("/messages?stream=s&limit=1024")).Ok()[0];
        Assert.Equal("what others said", oldest.GetProperty("Text").GetString());
    }

    [Fact]
    public async Task Commands_are_paced_with_the_posts()
    {
        var (_, api) = await StartAsync(Defaults);
        for (var i = 0; i < 100; i++) (await PostAsync(api, "s")).Ok();
        for (var i = 0; i < 100; i++) (await api.PostAsync("/commands", ("stream", "s"), ("prompt", "?"))).Ok();
        Refused(await api.PostAsync("/commands", ("stream", "s"), ("prompt", "?")), HttpStatusCode.TooManyRequests);
        Refused(await PostAsync(api, "s"), HttpStatusCode.TooManyRequests);
        (await api.PostAsync("/commands", ("stream", "t"), ("prompt", "?"))).Ok();
    }

    [Fact]
    public async Task A_malformed_post_takes_nothing_from_the_pace()
    {
        var (_, api) = await StartAsync("--Malten:PostsPerSecondPerClientAndStream=1", "--Malten:PostBurstPerClientAndStream=1");
        for (var i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(api, "s", " ")).Status);
        (await PostAsync(api, "s")).Ok();
        Refused(await PostAsync(api, "s"), HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public void Buckets_that_are_full_again_are_forgotten()
    {
        var pace = Pace(new GatewayOptions());
        for (var i = 0; i < 100_000; i++)
        {
            pace.Take(new ClientKey((ulong)i % 100, (ulong)i % 10), StreamName.Parse($"s{i}"));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(pace.Count, 75, 2 * 1024); // a post is remembered for 50 ms, and for 25 ms with its network
    }

    [Fact]
    public void Buckets_that_are_not_full_are_kept_however_many_there_are()
    {
        var pace = Pace(new GatewayOptions { PostsPerSecondPerClientAndStream = 1, PostBurstPerClientAndStream = 1 });
        for (var i = 0; i < 5000; i++) pace.Take(Alone(i), StreamName.Default);
        for (var i = 0; i < 5000; i++)
            Assert.Throws<StreamRefusedException>(() => pace.Take(Alone(i), StreamName.Default));
    }

    [Fact]
    public void Of_many_who_post_at_once_no_more_are_let_in()
    {
        var pace = Pace(new GatewayOptions());
        var taken = 0;
        Parallel.For(0, 1000, _ => Interlocked.Add(ref taken, Taken(pace, Alone(1))));
        Assert.Equal(200, taken);
    }

    [Fact]
    public void A_network_posts_as_fast_as_two_clients_and_another_as_before()
    {
        var (pace, taken) = (Pace(new GatewayOptions()), 0);
        Parallel.For(0, 1200, post => Interlocked.Add(ref taken, Taken(pace, new ClientKey((ulong)post % 6, 1000))));
        Assert.Equal(400, taken); // a stream holds 1,024
        Assert.Equal(1, Taken(pace, Alone(100)));
        for (var second = 0; second < 10; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(40, Enumerable.Range(0, 256 * 20).Sum(post => Taken(pace, new ClientKey((ulong)post % 256, 1000))));
        }

        Assert.Equal(1, Taken(pace, new ClientKey(1, 9), "other"));
    }

    [Fact]
    public void Whoever_posts_too_fast_takes_no_more_of_its_network_than_it_may()
    {
        var pace = Pace(new GatewayOptions());
        Assert.Equal(200, Enumerable.Range(0, 1000).Sum(_ => Taken(pace, new ClientKey(1, 1000))));
        Assert.Equal(200, Enumerable.Range(0, 1000).Sum(_ => Taken(pace, new ClientKey(2, 1000))));
    }

    [Fact]
    public void Clients_without_an_address_are_one_client_and_no_network()
    {
        var pace = Pace(new GatewayOptions());
        var client = new ClientKeys().Of((IPAddress?)null);
        Assert.Equal(200, Enumerable.Range(0, 1000).Sum(_ => Taken(pace, client)));
    }

    [Theory]
    [InlineData("203.0.113.", 10)]
    [InlineData("2001:db8:0:1", 10)]
    [InlineData("192.168.9.", 15)] // neighbours on a LAN are three people
    public async Task Over_HTTP_three_addresses_of_one_network_may_post_as_two(string network, int expected)
    {
        var (_, api) = await StartAsync("--Malten:PostsPerSecondPerClientAndStream=1", "--Malten:PostBurstPerClientAndStream=5",
            "--Malten:TrustedProxies:0=127.0.0.1");
        var stored = 0;
        for (var i = 1; i <= 3; i++)
            for (var post = 0; post < 6; post++)
                stored += (await PostFromAsync(network.Contains(':') ? $"{network}{i}::1" : $"{network}{i}")).Status == HttpStatusCode.OK ? 1 : 0;
        Assert.Equal(expected, stored);
        (await PostFromAsync("198.51.100.1")).Ok();
        Assert.Equal(expected + 1, (await api.GetAsync("/messages?stream=s")).Ok().GetArrayLength());

        Task<Answer> PostFromAsync(string client)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/messages?stream=s&message=a");
            request.Headers.Add("X-Forwarded-For", client);
            return api.SendAsync(request);
        }
    }

    private static ClientKey Alone(int number) => new((ulong)number, (ulong)number + 1_000_000);

    private static int Taken(StreamPace pace, ClientKey client, string stream = "s")
    {
        try
        {
            pace.Take(client, StreamName.Parse(stream));
            return 1;
        }
        catch (StreamRefusedException)
        {
            return 0; // beyond the burst
        }
    }

    private StreamPace Pace(GatewayOptions options) => new(Options.Create(options), _time);
}
