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
            pace.Take(new ClientKey((ulong)i % 100), StreamName.Parse($"s{i}"));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(pace.Count, 50, 1024); // a post is remembered for 50 ms
    }

    [Fact]
    public void Buckets_that_are_not_full_are_kept_however_many_there_are()
    {
        var pace = Pace(new GatewayOptions { PostsPerSecondPerClientAndStream = 1, PostBurstPerClientAndStream = 1 });
        for (var i = 0; i < 5000; i++) pace.Take(new ClientKey((ulong)i), StreamName.Default);
        for (var i = 0; i < 5000; i++)
            Assert.Throws<StreamRefusedException>(() => pace.Take(new ClientKey((ulong)i), StreamName.Default));
    }

    [Fact]
    public void Of_many_who_post_at_once_no_more_are_let_in()
    {
        var pace = Pace(new GatewayOptions());
        var taken = 0;
        Parallel.For(0, 1000, _ =>
        {
            try
            {
                pace.Take(new ClientKey(1), StreamName.Default);
                Interlocked.Increment(ref taken);
            }
            catch (StreamRefusedException)
            {
                // beyond the burst
            }
        });
        Assert.Equal(200, taken);
    }

    private StreamPace Pace(GatewayOptions options) => new(Options.Create(options), _time);
}
