using System.Diagnostics;
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
    private const int Scarce = 7 * Most;
    private const int PieceBytes = 32 * 1024;
    private const string OneMegabyte = "--Malten:MaxMemoryMegabytes=1";

    private static readonly IPAddress Loud = IPAddress.Parse("127.0.5.1");

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Capacity _capacity = new(new CapacityOptions());
    private readonly FakeTime _time = new();

    [Fact]
    public void The_oldest_of_whoever_has_most_gives_way_be_it_the_newest()
    {
        var untaken = NewUntaken(held: Scarce);
        using var quiet = untaken.Begin(Client(2), Most / 4);
        UntakenAnswer[] loud = [untaken.Begin(Client(1), Most / 4), untaken.Begin(Client(1), Most / 4), untaken.Begin(Client(1), Most / 4)];
        Assert.Equal((Most, Scarce + Most, 0), (untaken.Bytes, _capacity.Bytes, _time.ActiveTimers));
        var more = untaken.Begin(Client(1), Most / 8);
        _time.Advance(UntakenAnswers.Patience);
        AssertGaveWay(loud[0]);
        using var other = untaken.Begin(Client(3), Most / 4);
        _time.Advance(UntakenAnswers.Patience);
        AssertGaveWay(loud[1]);
        var newest = untaken.Begin(Client(4), Most);
        _time.Advance(UntakenAnswers.Patience);
        AssertGaveWay(newest); // it has most itself
        Assert.Equal(0, _time.ActiveTimers);
        Assert.All([quiet, other, loud[2], more], one => Assert.False(one.Given.IsCancellationRequested));
        foreach (var one in loud.Append(more).Append(newest).Append(quiet).Append(other)) one.Dispose();
        Assert.Equal((0, Scarce), (untaken.Bytes, _capacity.Bytes));
    }

    [Fact]
    public void While_there_is_room_nobody_gives_way_and_then_as_many_as_it_takes()
    {
        var untaken = NewUntaken(held: 0);
        var slow = Begin(untaken, 16, _ => 1);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((4L * Most, 0L), (untaken.Bytes, untaken.GivenWay)); // half of the memory
        slow.AddRange(Begin(untaken, 2, _ => 1));
        _time.Advance(UntakenAnswers.Patience);
        Assert.Equal(2, untaken.GivenWay);
        _capacity.ChangeBytes(Scarce - (4 * Most));
        _time.Advance(UntakenAnswers.Patience);
        Assert.Equal(3, untaken.GivenWay); // and there is room again
        _capacity.ChangeBytes(Scarce);
        _time.Advance(UntakenAnswers.Patience);
        Assert.Equal((Most, 14L), (untaken.Bytes, untaken.GivenWay));
        foreach (var one in slow) one.Dispose();
    }

    [Fact]
    public void One_who_takes_what_it_is_sent_keeps_nobody_from_giving_way_who_does_not()
    {
        var untaken = NewUntaken(held: Scarce);
        var idle = Begin(untaken, 2, _ => 2);
        _time.Advance(TimeSpan.FromSeconds(20));
        var brisk = Begin(untaken, 3, _ => 1);
        for (var i = 0; i < 4; i++)
        {
            _time.Advance(UntakenAnswers.Patience / 2);
            foreach (var one in brisk) one.Dispose();
            brisk = Begin(untaken, 3, _ => 1);
        }

        AssertGaveWay(idle[0]);
        Assert.Equal(1, untaken.GivenWay);
        foreach (var one in brisk.Concat(idle)) one.Dispose();
    }

    [Fact]
    public void Where_half_of_the_memory_waits_those_who_take_nothing_go_before_any_who_do()
    {
        var untaken = NewUntaken(held: 0);
        var idle = Begin(untaken, 10, number => 10 + number);
        _time.Advance(UntakenAnswers.Patience);
        var fresh = Begin(untaken, 7, _ => 1);
        Assert.Equal(0, untaken.GivenWay);
        _capacity.ChangeBytes(Scarce);
        fresh.AddRange(Begin(untaken, 1, _ => 1));
        Assert.Equal(10, untaken.GivenWay);
        Assert.All(idle, AssertGaveWay);
        Assert.All(fresh, one => Assert.False(one.Given.IsCancellationRequested));
        foreach (var one in fresh.Concat(idle)) one.Dispose();
    }

    [Fact]
    public void A_crowd_that_has_much_to_take_for_a_moment_is_not_idle()
    {
        var untaken = NewUntaken(held: Scarce);
        var crowd = Begin(untaken, 16, number => number);
        Assert.Equal((4L * Most, 0L), (untaken.Bytes, untaken.GivenWay)); // half of the memory
        using (untaken.Begin(Client(17), Most / 4)) Assert.Equal(2, untaken.GivenWay);
        _time.Advance(UntakenAnswers.Patience - TimeSpan.FromMilliseconds(1));
        foreach (var one in crowd.Take(12)) one.Dispose();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((2L, 0), (untaken.GivenWay, _time.ActiveTimers));
        foreach (var one in crowd.Skip(12)) one.Dispose();
    }

    [Fact]
    public void Of_a_crowd_and_one_client_each_gives_way_down_to_what_the_other_weighs()
    {
        var untaken = NewUntaken(held: Scarce);
        var crowd = Enumerable.Range(0, 20).Select(number => untaken.Begin(new ClientKey(100 + (ulong)number, 9), Most / 16)).ToList();
        UntakenAnswer[] one = [untaken.Begin(Client(1), Most / 16), untaken.Begin(Client(1), Most / 16)];
        _time.Advance(UntakenAnswers.Patience); // each of the crowd weighs an eighth of all: 20 / 128 and less with each that goes
        Assert.Equal(5, crowd.Count(answer => answer.Bytes == 0));
        Assert.Equal([0, Most / 16], one.Select(answer => answer.Bytes)); // it weighs 16 / 128, and then 8
        foreach (var answer in crowd.Concat(one)) answer.Dispose();
    }

    [Fact]
    public void The_connection_of_a_listener_counts_once()
    {
        var untaken = NewUntaken(held: 0);
        var listeners = Enumerable.Range(1, 35).Select(number => (Client: Client((ulong)number), Connection: _capacity.AddConnection(Client((ulong)number))))
            .Select(each => (each.Connection, Listener: _capacity.AddListener(1, each.Client))).ToList();
        foreach (var (connection, _) in listeners) connection!.ChangeListeners(1);
        Assert.InRange(_capacity.Bytes, Scarce / 2, Scarce - Most);
        using var waiting = untaken.Begin(Client(1), Most * 5 / 4);
        _time.Advance(UntakenAnswers.Patience);
        Assert.Equal(0, untaken.GivenWay);
        foreach (var (connection, listener) in listeners)
        {
            listener.Dispose();
            connection!.Dispose();
        }
    }

    [Theory]
    [InlineData(Scarce, 2)]
    [InlineData(0, 5)] // more than half of the memory
    public void To_count_a_piece_takes_no_longer_where_many_clients_have_some(int held, int waits)
    {
        TimeOf(50);
        var (few, many) = (TimeOf(50), TimeOf(5000));
        Assert.True(many < (10 * few) + TimeSpan.FromMilliseconds(20), $"{many} and not {few}");

        TimeSpan TimeOf(int clients)
        {
            var untaken = NewUntaken(held);
            var waiting = Enumerable.Range(1, clients).Select(number => untaken.Begin(Client((ulong)number), waits * Most / clients)).ToList();
            var best = Enumerable.Range(0, 5).Min(_ =>
            {
                var began = Stopwatch.GetTimestamp();
                for (var i = 0; i < 5000; i++)
                    using (untaken.Begin(Client((ulong)(i % clients) + 1), 100))
                    {
                    }

                return Stopwatch.GetElapsedTime(began);
            });
            foreach (var one in waiting) one.Dispose();
            _capacity.ChangeBytes(-held);
            return best;
        }
    }

    [Fact]
    public async Task Over_HTTP_those_who_take_nothing_give_way_and_one_who_reads_late_gets_all()
    {
        var host = await GatewayHost.StartAsync([OneMegabyte], LittleIsBuffered);
        var api = Use(new Api(host.Addresses), host);
        var untaken = host.Services.GetRequiredService<UntakenAnswers>();
        var page = (await api.GetAsync("/malten.html")).Body;
        var capacity = host.Services.GetRequiredService<Capacity>();
        capacity.ChangeBytes(Scarce);
        var late = await api.ConnectAsync(receiveBuffer: 4096);
        await late.WriteAsync("GET /malten.html HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        await EventuallyAsync(() => Task.FromResult(untaken.Bytes == PieceBytes));
        var (others, idle) = (capacity.Connections, new List<AttackConnection>());
        for (var i = 0; i < 12; i++)
        {
            idle.Add(await AttackConnection.OpenAsync(host.Address, Loud, CancellationToken.None, receiveBuffer: 4096));
            await idle[i].SendAsync("GET /malten.html HTTP/1.1\r\nHost: a\r\n\r\n", CancellationToken.None);
            await EventuallyAsync(() => Task.FromResult(untaken.Bytes == (Math.Min(i, 3) + 2) * PieceBytes));
            if (i < 3) continue;
            host.Time.Advance(UntakenAnswers.Patience);
            Assert.Equal((i - 2, Most), (untaken.GivenWay, untaken.Bytes));
        }

        await EventuallyAsync(() => Task.FromResult(capacity.Connections == others + 3)); // before any of them takes something after all
        // The oldest nine, unless the system's buffers took something more of one, which so waits since then.
        var closed = idle.ConvertAll(IsClosedAsync);
        await EventuallyAsync(() => Task.FromResult(closed.Count(one => one.IsCompletedSuccessfully) == 9));
        var answer = await late.ReadToEndAsync();
        Assert.Equal(Encoding.UTF8.GetString(page), answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        foreach (var one in idle) one.Dispose();
        await EventuallyAsync(() => Task.FromResult(untaken.Bytes == 0));
    }

    [Fact]
    public async Task A_school_behind_one_address_that_reads_a_long_page_late_gets_all_of_it()
    {
        var host = await GatewayHost.StartAsync([], LittleIsBuffered);
        var api = Use(new Api(host.Addresses), host);
        var untaken = host.Services.GetRequiredService<UntakenAnswers>();
        for (var i = 0; i < 16; i++) (await PostAsync(api, "s", string.Concat(Enumerable.Repeat("\U0001F600", 1024)))).Ok();
        var length = Encoding.UTF8.GetString((await api.GetAsync("/messages?stream=s&limit=1024")).Body).Length;
        var late = new RawConnection[340];
        for (var i = 0; i < late.Length; i++)
        {
            late[i] = await api.ConnectAsync(receiveBuffer: 4096);
            await late[i].GetAsync("/messages?stream=s&limit=1024");
        }

        await EventuallyAsync(() => Task.FromResult(untaken.Bytes >= (long)late.Length * PieceBytes));
        Assert.InRange(host.Services.GetRequiredService<Capacity>().Bytes, 0, 20 * 1024 * 1024);
        for (var i = 0; i < 4; i++) host.Time.Advance(TimeSpan.FromSeconds(1));
        foreach (var one in late)
        {
            var answer = await one.ReadToEndAsync();
            Assert.Equal(length, answer.Length - answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4);
        }

        Assert.Equal(0, untaken.GivenWay);
        await EventuallyAsync(() => Task.FromResult(untaken.Bytes == 0));
    }

    private static List<UntakenAnswer> Begin(UntakenAnswers untaken, int count, Func<int, int> client) =>
        [.. Enumerable.Range(0, count).Select(number => untaken.Begin(Client((ulong)client(number)), Most / 4))];

    private UntakenAnswers NewUntaken(int held)
    {
        _capacity.ChangeBytes(held);
        return new(_capacity, Options.Create(new CapacityOptions { MaxMemoryMegabytes = 1 }),
            new GatewayMetrics(_services.GetRequiredService<IMeterFactory>(), _capacity), _time);
    }

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
