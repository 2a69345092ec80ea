using System.Text;
using System.Text.Json;
using Malten.Gateway.Answers;
using Malten.Gateway.Lists;
using Malten.Streams.Limits;
using Malten.Testing.Contract;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests;

/// <summary>Long answers are written as they are taken, over sockets that buffer little.</summary>
public sealed class PacedAnswerTests : GatewayTests
{
    private const int Streams = 1024;

    private GatewayHost _host = null!;
    private Api _api = null!;

    [Fact]
    public async Task Whoever_takes_nothing_of_a_list_for_30_seconds_is_disconnected()
    {
        var length = await StartWithLongListAsync();
        var others = Connections;
        var stalled = await _api.ConnectAsync(receiveBuffer: 4096);
        await stalled.GetAsync("/streams");
        await StallAsync(isFirst: true);
        await DisconnectsAsync(others, timersBeside: 1);
        Assert.InRange((await stalled.ReadToEndAsync()).Length, 1, length / 2);
    }

    [Fact]
    public async Task A_list_that_is_taken_slowly_comes_whole_within_two_minutes_and_not_later()
    {
        var length = await StartWithLongListAsync();
        foreach (var (pieces, seconds) in new[] { (4, 20), (5, 28) })
        {
            var slow = await _api.ConnectAsync(receiveBuffer: 4096);
            await slow.GetAsync("/streams");
            var list = new StringBuilder();
            for (var piece = 0; piece < pieces; piece++)
            {
                await StallAsync(piece == 0);
                _host.Time.Advance(TimeSpan.FromSeconds(seconds));
                list.Append(await slow.ReadAsync(250_000));
            }

            list.Append(await slow.ReadToEndAsync());
            list.Remove(0, list.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4);
            if (pieces * seconds < StreamList.Limit.TotalSeconds) Assert.Equal(Streams, JsonElement.Parse(list.ToString()).EnumerateObject().Count());
            else Assert.InRange(list.Length, 1_000_000, length - 1);
        }
    }

    [Fact]
    public async Task Whoever_takes_nothing_of_the_page_for_30_seconds_is_disconnected()
    {
        _host = await StartAsync();
        _api = Use(new Api(_host.Addresses), _host);
        var length = (await _api.GetAsync("/malten.html")).Body.Length;
        Assert.Equal(length, (await _api.GetAsync("/malten.html")).ContentHeaders.ContentLength);
        var others = Connections;
        var stalled = await _api.ConnectAsync(receiveBuffer: 4096);
        for (var i = 0; i < 10; i++) await stalled.WriteAsync("GET /malten.html HTTP/1.1\r\nHost: a\r\n\r\n");
        await EventuallyAsync(() => Task.FromResult(_host.Time.ActiveTimers == 1));
        await DisconnectsAsync(others, timersBeside: 0);
        Assert.Equal(0, _host.Time.ActiveTimers);
        Assert.InRange((await stalled.ReadToEndAsync()).Length, 1, 9 * length);
    }

    private long Connections => _host.Services.GetRequiredService<Capacity>().Connections;

    /// <summary>Lets 30 seconds pass, and again where the system's buffers took something more in this moment and they began anew.</summary>
    private Task DisconnectsAsync(long others, int timersBeside)
    {
        Assert.Equal(TimeSpan.FromSeconds(30), PacedBody.StallLimit); // more than once, 30 seconds would also reach a longer limit
        return EventuallyAsync(() =>
        {
            if (_host.Time.ActiveTimers > timersBeside) _host.Time.Advance(PacedBody.StallLimit);
            return Task.FromResult(Connections <= others);
        });
    }

    /// <summary>Begins so many public streams of names as long as they may be, and returns how long their list is.</summary>
    private async Task<int> StartWithLongListAsync()
    {
        _host = await StartAsync();
        _api = Use(new Api(_host.Addresses), _host);
        await Parallel.ForAsync(0, Streams, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            (await _api.PostAsync("/streams", ("stream", $"{i:D4}" + string.Concat(Enumerable.Repeat("😀", 124))), ("ttl", "86400"))).Created());
        var list = await _api.GetAsync("/streams");
        Assert.Equal(Streams, list.Ok().EnumerateObject().Count());
        return list.Body.Length;
    }

    /// <summary>Waits until a client has stopped the server from writing, beside which streams expire and, at first, a list is let go.</summary>
    private Task StallAsync(bool isFirst) => EventuallyAsync(() => Task.FromResult(_host.Time.ActiveTimers == (isFirst ? 3 : 2)));

    private static async Task<GatewayHost> StartAsync() => await GatewayHost.StartAsync([], builder =>
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.SendBufferSize = 16 * 1024;
            return socket;
        }));
}
