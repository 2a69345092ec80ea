using System.Net.Sockets;
using System.Text;
using Malten.Gateway.Requests;
using Malten.Streams.Limits;
using Malten.Testing.Contract;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>Whatever comes in is refused clearly or served, and others are served meanwhile.</summary>
public sealed class StayingUpTests : GatewayTests
{
    private static readonly string[] Nasty =
    [
        "", " ", "0", "-0", "-1", "1e9", "0x10", "١", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
        "NaN", "true", "null", "[]", "{}", "%", "%zz", "%00", "\0", "\r\nX-A: b", "\n\ndata: x\n\n", "../../etc/passwd", "<script>",
        "\ud83d\ude00", "\ufffe", "\uffff", "\ufdd0", "\u202e", "\U0010ffff", "'; drop table", "{0}", "{{", "${jndi:x}", "enc2.", "/malten ",
        new('a', 129), new('a', 1025), new('a', 6000), new('9', 400), "1,2", ",", "1,", new string(',', 100), "00000000-0000-0000-0000-000000000000",
    ];

    [Fact]
    public async Task Slow_headers_hold_nobody_up()
    {
        var host = await GatewayHost.StartAsync([], builder =>
        {
            Assert.Equal(TimeSpan.FromSeconds(15), Limits(builder.Services).RequestHeadersTimeout);
            builder.Services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(0.5));
        });
        var api = Use(new Api(host.Addresses), host);
        var slow = new List<RawConnection>();
        for (var i = 0; i < 50; i++)
        {
            slow.Add(await api.ConnectAsync());
            await slow[i].WriteAsync("GET /messages HTTP/1.1\r\nHost: localhost\r\nX-Slow:");
        }

        (await PostAsync(api, "s")).Ok();
        foreach (var one in slow) // each is told, and closed
            Assert.Contains("408", await one.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_comes_by_drips_is_disconnected_and_counted_until_then()
    {
        var host = await GatewayHost.StartAsync(["--Malten:MaxMemoryMegabytes=1"], builder =>
        {
            var rate = Limits(builder.Services).MinRequestBodyDataRate!;
            Assert.Equal((240, TimeSpan.FromSeconds(5)), (rate.BytesPerSecond, rate.GracePeriod));
            builder.Services.PostConfigure<KestrelServerOptions>(kestrel => // soon, and for as much as a test sends
                kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(1_000_000, TimeSpan.FromSeconds(1.5)));
        });
        var api = Use(new Api(host.Addresses), host);
        var (capacity, unread) = (host.Services.GetRequiredService<Capacity>(), host.Services.GetRequiredService<UnreadBodies>());
        var slow = new List<RawConnection>();
        for (var i = 0; i < 2; i++) // 64 KiB of a MiB are for such bodies
        {
            slow.Add(await api.ConnectAsync());
            await slow[i].WriteAsync("POST /messages HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n");
            await slow[i].WriteAsync("{" + new string(' ', 50_000));
            if (i == 0) await EventuallyAsync(() => Task.FromResult(capacity.Bytes >= 50_000));
        }

        Assert.Contains("503", await slow[1].ReadToAsync("\r\n"), StringComparison.Ordinal);
        (await PostAsync(api, "s")).Ok();
        foreach (var one in slow) Assert.DoesNotContain(" 200 ", await one.ReadToEndAsync(), StringComparison.Ordinal);
        await EventuallyAsync(() => Task.FromResult((unread.Bytes, unread.Clients) == (0, 0)));
    }

    [Fact]
    public async Task Rubbish_on_the_socket_closes_that_socket_only()
    {
        var (_, api) = await StartAsync();
        var random = new Random(20261121);
        var noise = new byte[5000];
        random.NextBytes(noise);
        byte[][] rubbish =
        [
            noise, new byte[3000], "\r\n\r\n\r\n\r\n"u8.ToArray(), "GET\r\n\r\n"u8.ToArray(), "GET / HTTP/9.9\r\n\r\n"u8.ToArray(),
            [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, .. noise[..200]], // the beginning of TLS
            "GET /messages HTTP/1.1\r\n\r\n"u8.ToArray(), // no Host
            "GET /messages?stream=\xff HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
            "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(),
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"u8.ToArray(),
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"u8.ToArray(),
            "POST /messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nzz\r\n"u8.ToArray(),
            Encoding.ASCII.GetBytes($"GET /{new string('a', 20_000)} HTTP/1.1\r\nHost: a\r\n\r\n"),
            Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('a', 50_000)}\r\n\r\n"),
            Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: a\r\n{string.Concat(Enumerable.Range(0, 200).Select(i => $"X{i}: a\r\n"))}\r\n"),
        ];
        foreach (var bytes in rubbish)
        {
            var raw = await api.ConnectAsync();
            await raw.WriteAsync(bytes);
            raw.EndWriting();
            Assert.Matches("^(HTTP/1.1 (400|408|414|431|505) .*)?", (await raw.ReadToEndAsync()).Split('\r')[0]);
            (await PostAsync(api, "s")).Ok();
        }
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\nstream=s&message=half")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n10\r\nstream=s")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n8\r\nstream=s\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nzz\r\nstream=s\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nfffffffff\r\nstream=s\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n8\r\nstream=s\r\n0\r\nX: \u00ff\r\n\r\n")]
    public async Task A_body_that_is_cut_off_is_refused_and_its_connection_closed(string rest)
    {
        var log = new KeptLog();
        await using (var host = await GatewayHost.StartAsync([], builder => builder.Logging.ClearProviders().AddProvider(log)))
        await using (var api = new Api(host.Addresses))
        {
            for (var i = 0; i < 20; i++)
            {
                var raw = await api.ConnectAsync();
                await raw.WriteAsync($"POST /messages HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n{rest}");
                if (i % 2 == 0) await raw.DisposeAsync();
                else raw.EndWriting();
                if (i % 2 == 1) Assert.Matches("^(HTTP/1.1 400 .*)?$", (await raw.ReadToEndAsync()).Split('\r')[0]);
            }

            Assert.Equal(0, (await api.GetAsync("/messages?stream=s")).Ok().GetArrayLength());
        }

        Assert.True(log.ToString() == "", log.ToString());
    }

    [Fact]
    public async Task Whatever_a_parameter_says_it_is_no_fault_of_the_server()
    {
        var (host, api) = await StartAsync();
        string[] names =
        [
            "stream", "message", "text", "user", "id", "seat", "ttl", "private", "limit", "direction", "last", "prefix", "session", "status", "prompt",
        ];
        foreach (var (index, value) in Nasty.Index())
        {
            host.Time.Advance(TimeSpan.FromSeconds(1)); // so that a list can be made anew
            var escaped = Uri.EscapeDataString(value);
            var all = string.Join('&', names.Select(name => $"{name}={escaped}"));
            foreach (var path in new[] { "/streams", "/messages", "/presence" })
            {
                if (all.Length < 8000) await AssertNoFaultAsync(api.GetAsync($"{path}?{all}")); // a longer line is Kestrel's to refuse
                await AssertNoFaultAsync(api.GetAsync($"{path}?{names[index % names.Length]}={escaped}"));
            }

            var listener = await api.ConnectAsync();
            await listener.GetAsync($"/events?stream={escaped}&user={escaped}&last={escaped}");
            Assert.Matches("^HTTP/1.1 (200|400|403|414) ", await listener.ReadToAsync("\r\n"));

            foreach (var path in new[] { "/streams", "/messages", "/presence", "/commands", "/pipes" })
            {
                if (all.Length < 60_000) await AssertNoFaultAsync(api.PostAsync(path, all, "application/x-www-form-urlencoded"));
                await AssertNoFaultAsync(api.PostAsync(path, ("stream", value), ("message", "a"), ("prompt", "a")));
                await AssertNoFaultAsync(api.PostAsync(path, ("stream", "s"), ("message", value), ("prompt", value), ("ttl", "1")));
            }
        }
    }

    [Fact]
    public async Task Names_and_texts_of_noncharacters_come_back_as_they_were()
    {
        var (_, api) = await StartAsync();
        foreach (var odd in new[] { "\ufffe", "\uffff", "\ufdd0", "\U0010ffff", "\u202e", "\ufeff" })
        {
            (await PostAsync(api, $"a{odd}b", $"a{odd}b")).Ok();
            Assert.Equal($"a{odd}b", (await api.GetAsync($"/messages?stream={Uri.EscapeDataString($"a{odd}b")}")).Ok()[0].GetProperty("Text").GetString());
        }
    }

    [Fact]
    public async Task Listeners_that_come_and_go_at_once_leave_nothing_behind()
    {
        var (host, api) = await StartAsync();
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, _) =>
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(host.Address.Host, host.Address.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /events?stream=s{number % 5}&stream=t&last=0 HTTP/1.1\r\nHost: a\r\n\r\n"));
            if (number % 3 == 0) await socket.ReceiveAsync(new byte[64]);
        });
        var capacity = host.Services.GetRequiredService<Capacity>();
        await EventuallyAsync(() => Task.FromResult(capacity.Listeners == 0 && capacity.Bytes == 0));
        (await PostAsync(api, "t")).Ok();
    }

    [Fact]
    public async Task An_idle_node_does_nothing()
    {
        var (host, api) = await StartAsync();
        for (var i = 0; i < 50; i++) (await PostAsync(api, $"s{i}")).Ok();
        Assert.Equal(1, host.Time.ActiveTimers); // the next expiry, for all streams
    }

    private static async Task AssertNoFaultAsync(Task<Answer> asked)
    {
        var answer = await asked;
        Assert.True((int)answer.Status is 200 or 201 or 204 or 400 or 403 or 409, $"{answer.Status} {answer.Text}");
        if ((int)answer.Status >= 400) Assert.Equal("application/problem+json", answer.ContentType);
    }

    private static KestrelServerLimits Limits(IServiceCollection services)
    {
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
    }
}
