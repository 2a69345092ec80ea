using System.Net;
using Malten.Streams.Bytes;
using Malten.Streams.Limits;
using Malten.Testing;
using Malten.Testing.Contract;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests;

/// <summary>What a node does to the two ends of a channel that take too long, and what it counts them for.</summary>
public sealed class ByteTests : GatewayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_body_that_brings_nothing_for_30_seconds_gets_408_and_its_receiver_no_end()
    {
        var (host, api) = await StartAsync();
        var (address, receive) = await BeginAsync(api);
        using var response = await api.OpenAsync(receive);
        await using var read = await response.Content.ReadAsStreamAsync();
        var sender = await api.ConnectAsync();
        await sender.WriteAsync($"POST {address} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
        await read.ReadExactlyAsync(new byte[3]);
        for (var i = 0; i < 3; i++) // what comes in between counts
        {
            host.Time.Advance(TimeSpan.FromSeconds(20));
            await sender.WriteAsync("d");
            await read.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience);
        }

        var (cut, since) = (read.ReadAsync(new byte[1]).AsTask(), host.Time.GetTimestamp());
        await PassUntilAsync(cut, host);
        Assert.InRange(host.Time.GetElapsedTime(since), ByteLimits.Silence, TimeSpan.MaxValue);
        await Assert.ThrowsAnyAsync<IOException>(() => cut);
        Assert.StartsWith("HTTP/1.1 408 ", await sender.ReadToAsync("\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Neither_end_has_an_idle_connection()
    {
        var (host, api) = await StartAsync();
        var capacity = host.Services.GetRequiredService<Capacity>();
        var (address, receive) = await BeginAsync(api);
        using var response = await api.OpenAsync(receive);
        await using var read = await response.Content.ReadAsStreamAsync();
        Assert.Equal(1, capacity.Connections - capacity.IdleConnections);
        await using var sender = await api.ConnectAsync();
        await sender.WriteAsync($"POST {address} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabc");
        await read.ReadExactlyAsync(new byte[3]);
        Assert.Equal(2, capacity.Connections - capacity.IdleConnections);
        await sender.WriteAsync("d");
        await sender.ReadToAsync("\r\n\r\n");
        await Eventually.IsSoAsync(() => capacity.Connections == capacity.IdleConnections);
    }

    [Theory]
    [InlineData("xyz\r\n")]
    [InlineData("FFFFFFFFFF\r\n")]
    public async Task A_malformed_body_is_refused_and_its_receiver_gets_no_end(string rest)
    {
        var (_, api) = await StartAsync();
        var (address, receive) = await BeginAsync(api);
        using var response = await api.OpenAsync(receive);
        await using var read = await response.Content.ReadAsStreamAsync();
        var sender = await api.ConnectAsync();
        await sender.WriteAsync($"POST {address} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        await read.ReadExactlyAsync(new byte[3]);
        await sender.WriteAsync(rest);
        Assert.StartsWith("HTTP/1.1 400 ", await sender.ReadToAsync("\r\n\r\n"), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<IOException>(() => read.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_receiver_that_takes_nothing_for_30_seconds_is_gone()
    {
        var host = await GatewayHost.StartAsync([], builder => builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.SendBufferSize = 16 * 1024;
            return socket;
        }));
        var api = Use(new Api(host.Addresses), host);
        var (address, receive) = await BeginAsync(api);
        var receiver = await api.ConnectAsync(receiveBuffer: 4096);
        await receiver.GetAsync(receive);
        await receiver.ReadToAsync("\r\n\r\n");
        var sent = api.PostAsync(address, new byte[600_000], null);
        var capacity = host.Services.GetRequiredService<Capacity>();
        await EventuallyAsync(() => Task.FromResult(capacity.Bytes > 2 * ByteLimits.HeldBytes)); // they have found each other
        await PassUntilAsync(sent, host);
        var gone = await sent;
        Assert.Equal(HttpStatusCode.Gone, gone.Status);
        var taken = gone.Json().GetProperty("taken").GetInt64();
        Assert.InRange(taken, 1, 500_000);
        Assert.InRange(await receiver.SkipToEndAsync(), 1, taken + (128 * 1024));
        await EventuallyAsync(() => Task.FromResult(capacity.Listeners == 0));
    }

    [Fact]
    public async Task Both_ends_count_as_listeners_and_as_what_they_may_hold_while_bytes_flow()
    {
        var (host, api) = await StartAsync();
        var (address, receive) = await BeginAsync(api);
        var capacity = host.Services.GetRequiredService<Capacity>();
        var before = capacity.Bytes;
        using var response = await api.OpenAsync(receive);
        Assert.Equal(1, capacity.Listeners);
        var waiting = capacity.Bytes;
        Assert.InRange(waiting - before, 1, ByteLimits.HeldBytes / 4);
        var sender = await api.ConnectAsync();
        await sender.WriteAsync($"POST {address} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabc");
        await using var read = await response.Content.ReadAsStreamAsync();
        await read.ReadExactlyAsync(new byte[3]);
        Assert.Equal((2, before + (2 * (waiting - before)) + (2 * ByteLimits.HeldBytes)), (capacity.Listeners, capacity.Bytes));
        await sender.WriteAsync("d");
        await sender.ReadToAsync("{\"Taken\":4}");
        await EventuallyAsync(() => Task.FromResult((capacity.Listeners, capacity.Bytes) == (0, before)));
    }

    [Fact]
    public async Task A_full_node_takes_no_more_of_them()
    {
        var (_, api) = await StartAsync("--Malten:MaxListeners=2");
        var (address, receive) = await BeginAsync(api);
        using var first = await api.OpenAsync(receive);
        using var second = await api.OpenAsync(receive + "&channel=1");
        Refused(await api.GetAsync(receive + "&channel=2"), HttpStatusCode.ServiceUnavailable);
        Refused(await api.PostAsync(address, "x", null), HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Over_HTTP_2_bytes_pass_as_well()
    {
        var host = Use(await GatewayHost.StartAsync(["--Kestrel:EndpointDefaults:Protocols=Http2"]));
        using var http = new HttpClient
        {
            BaseAddress = host.Address, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var begun = await http.PostAsync("/pipes", null);
        var pipe = System.Text.Json.JsonElement.Parse(await begun.Content.ReadAsStringAsync());
        string Address(int seat) => $"/bytes?stream={pipe.GetProperty("stream")}&seat={pipe.GetProperty("seats")[seat]}";
        using var response = await http.GetAsync(Address(1), HttpCompletionOption.ResponseHeadersRead);
        var received = response.Content.ReadAsByteArrayAsync();
        var bytes = new byte[300_000];
        Random.Shared.NextBytes(bytes);
        using var sent = await http.PostAsync(Address(0), new ByteArrayContent(bytes));
        Assert.Equal("{\"Taken\":300000}", await sent.Content.ReadAsStringAsync());
        Assert.Equal(bytes, await received.WaitAsync(Patience));
    }

    [Fact]
    public async Task However_much_passes_a_node_s_memory_stays_as_it_is()
    {
        const int Megabyte = 1024 * 1024;
        await using var node = await GatewayProcess.StartAsync();
        await using var api = new Api([node.Address]);
        var (address, receive) = await BeginAsync(api);
        await PassAsync(50);
        var before = node.ResidentBytes;
        await PassAsync(250);
        Assert.InRange(node.ResidentBytes, 1, before + (24 * Megabyte));

        async Task PassAsync(int megabytes)
        {
            using var response = await api.OpenAsync(receive);
            var received = response.Content.CopyToAsync(Stream.Null);
            var (sender, piece) = (await api.ConnectAsync(), new byte[Megabyte / 16]);
            await sender.WriteAsync($"POST {address} HTTP/1.1\r\nHost: a\r\nContent-Length: {(long)megabytes * Megabyte}\r\n\r\n");
            for (var i = 0; i < 16 * megabytes; i++) await sender.WriteAsync(piece);
            Assert.Contains($"{{\"Taken\":{(long)megabytes * Megabyte}}}", await sender.ReadToAsync("}"), StringComparison.Ordinal);
            await received.WaitAsync(Patience);
        }
    }

    [Fact]
    public async Task A_node_that_stops_breaks_off_its_receivers()
    {
        var host = await GatewayHost.StartAsync();
        await using var api = new Api(host.Addresses);
        var (_, receive) = await BeginAsync(api);
        using var response = await api.OpenAsync(receive);
        var read = (await response.Content.ReadAsStreamAsync()).ReadAsync(new byte[1]).AsTask();
        await host.DisposeAsync().AsTask().WaitAsync(Patience);
        await Assert.ThrowsAnyAsync<IOException>(() => read.WaitAsync(Patience));
    }

    /// <summary>Lets time pass, second by second, until something has happened.</summary>
    private static Task PassUntilAsync(Task happened, GatewayHost host) => EventuallyAsync(() =>
    {
        host.Time.Advance(TimeSpan.FromSeconds(1));
        return Task.FromResult(happened.IsCompleted);
    });

    private static async Task<(string Send, string Receive)> BeginAsync(Api api)
    {
        var pipe = (await api.PostAsync("/pipes", ("ttl", "86400"))).Created();
        var (stream, seats) = (pipe.GetProperty("stream").GetString(), pipe.GetProperty("seats"));
        return ($"/bytes?stream={stream}&seat={seats[0].GetString()}", $"/bytes?stream={stream}&seat={seats[1].GetString()}");
    }
}
