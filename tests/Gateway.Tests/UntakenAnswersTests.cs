using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Malten.Gateway.Answers;
using Malten.Gateway.Telemetry;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Malten.Testing.Contract;
using Malten.Testing.Hostile;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>Where answers that nobody takes have no more room, whoever has most of them is disconnected.</summary>
public sealed class UntakenAnswersTests : GatewayTests
{
    private const int Most = 128 * 1024; // an eighth of a MiB
    private const int PieceBytes = 32 * 1024;
    private const string OneMegabyte = "--Malten:MaxMemoryMegabytes=1";

    private static readonly IPAddress Loud = IPAddress.Parse("127.0.5.1");

    [Fact]
    public void The_oldest_of_whoever_has_most_gives_way_be_it_the_newest()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var (capacity, time) = (new Capacity(new CapacityOptions()), new FakeTime());
        using var untaken = NewUntaken(services, capacity, time);
        using var quiet = untaken.Begin(Client(2), Most / 4);
        UntakenAnswer[] loud = [untaken.Begin(Client(1), Most / 4), untaken.Begin(Client(1), Most / 4), untaken.Begin(Client(1), Most / 4)];
        Assert.Equal((Most, Most), (untaken.Bytes, capacity.Bytes));
        time.Advance(UntakenAnswers.Patience);
        var more = untaken.Begin(Client(1), Most / 8);
        AssertGaveWay(loud[0]);
        using var other = untaken.Begin(Client(3), Most / 4);
        AssertGaveWay(loud[1]);
        var newest = untaken.Begin(Client(4), Most);
        time.Advance(UntakenAnswers.Patience);
        AssertGaveWay(newest); // it has most itself
        Assert.Equal(0, time.ActiveTimers);
        Assert.All([quiet, other, loud[2], more], one => Assert.False(one.Given.IsCancellationRequested));
        foreach (var one in loud.Append(more).Append(newest).Append(quiet).Append(other)) one.Dispose();
        Assert.Equal((0, 0), (untaken.Bytes, capacity.Bytes));
    }

    [Fact]
    public void A_crowd_that_has_much_to_take_for_a_moment_is_not_idle()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var (capacity, time) = (new Capacity(new CapacityOptions()), new FakeTime());
        using var untaken = NewUntaken(services, capacity, time);
        var crowd = Enumerable.Range(1, 16).Select(number => untaken.Begin(Client((ulong)number), Most / 4)).ToList();
        Assert.Equal((4L * Most, 0L), (untaken.Bytes, untaken.GivenWay)); // half of the memory
        using (untaken.Begin(Client(17), Most / 4)) Assert.Equal(1, untaken.GivenWay);
        time.Advance(UntakenAnswers.Patience - TimeSpan.FromMilliseconds(1));
        foreach (var one in crowd.Take(12)) one.Dispose();
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((1L, 0), (untaken.GivenWay, time.ActiveTimers));
        foreach (var one in crowd.Skip(12)) one.Dispose();
    }

    [Fact]
    public async Task Over_HTTP_those_who_take_nothing_give_way_and_one_who_reads_late_gets_all()
    {
        var host = await GatewayHost.StartAsync([OneMegabyte], LittleIsBuffered);
        var api = Use(new Api(host.Addresses), host);
        var untaken = host.Services.GetRequiredService<UntakenAnswers>();
        var page = (await api.GetAsync("/malten.html")).Body;
        var late = await api.ConnectAsync(receiveBuffer: 4096);
        await late.WriteAsync("GET /malten.html HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        await EventuallyAsync(() => Task.FromResult(untaken.Bytes == PieceBytes));
        var idle = new List<AttackConnection>();
        for (var i = 0; i < 12; i++)
        {
            idle.Add(await AttackConnection.OpenAsync(host.Address, Loud, CancellationToken.None, receiveBuffer: 4096));
            await idle[i].SendAsync("GET /malten.html HTTP/1.1\r\nHost: a\r\n\r\n", CancellationToken.None);
            if (i < 3) await EventuallyAsync(() => Task.FromResult(untaken.Bytes == (i + 2) * PieceBytes));
            else await EventuallyAsync(() => Task.FromResult(untaken.GivenWay == i - 2));
            Assert.InRange(untaken.Bytes, 0, Most);
            host.Time.Advance(UntakenAnswers.Patience);
        }

        foreach (var one in idle.Take(9)) Assert.True(await IsClosedAsync(one));
        var answer = await late.ReadToEndAsync();
        Assert.Equal(Encoding.UTF8.GetString(page), answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        foreach (var one in idle) one.Dispose();
        await EventuallyAsync(() => Task.FromResult(untaken.Bytes == 0));
    }

    [Fact]
    public async Task Three_hundred_behind_one_address_who_read_a_long_page_late_get_all_of_it()
    {
        var host = await GatewayHost.StartAsync([], LittleIsBuffered);
        var api = Use(new Api(host.Addresses), host);
        var untaken = host.Services.GetRequiredService<UntakenAnswers>();
        for (var i = 0; i < 60; i++) (await PostAsync(api, "s", "enc2." + new string('A', 5499))).Ok();
        var length = (await api.GetAsync("/messages?stream=s&limit=1024")).Body.Length;
        var late = new RawConnection[300];
        for (var i = 0; i < late.Length; i++)
        {
            late[i] = await api.ConnectAsync(receiveBuffer: 4096);
            await late[i].GetAsync("/messages?stream=s&limit=1024");
        }

        await EventuallyAsync(() => Task.FromResult(untaken.Bytes >= late.Length * 3L * PieceBytes)); // each with what comes next
        foreach (var one in late)
        {
            var answer = await one.ReadToEndAsync();
            Assert.Equal(length, answer.Length - answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4);
        }

        await EventuallyAsync(() => Task.FromResult(untaken.Bytes == 0));
    }

    private static UntakenAnswers NewUntaken(IServiceProvider services, Capacity capacity, FakeTime time) =>
        new(capacity, Options.Create(new CapacityOptions { MaxMemoryMegabytes = 1 }),
            new GatewayMetrics(services.GetRequiredService<IMeterFactory>(), capacity), time);

    private static ClientKey Client(ulong number) => new(number, number);

    private static void LittleIsBuffered(WebApplicationBuilder builder) =>
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.SendBufferSize = 16 * 1024;
            return socket;
        });

    private static async Task<bool> IsClosedAsync(AttackConnection connection)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await connection.DrainAsync(patience.Token);
            return true;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static void AssertGaveWay(UntakenAnswer answer)
    {
        Assert.True(SpinWait.SpinUntil(() => answer.Given.IsCancellationRequested, TimeSpan.FromSeconds(10)));
        Assert.Equal(0, answer.Bytes);
    }
}
