using System.Net;
using Malten.Gateway.Limits;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;
using Malten.Testing.Contract;
using Malten.Testing.Hostile;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>Garbage is collected when it takes the node beyond its budget, and meanwhile there are few more connections.</summary>
public sealed class MemoryPressureTests : GatewayTests
{
    private const long Megabyte = 1024 * 1024;
    private const long Most = (256 * Megabyte) + MemoryPressure.Beside;

    private readonly FakeTime _time = new();
    private readonly Capacity _capacity = new(new CapacityOptions());
    private long _resident = 100 * Megabyte;
    private long _live = 100 * Megabyte;
    private TimeSpan _pause = TimeSpan.FromSeconds(0.1);
    private int _collections;

    [Fact]
    public async Task Nothing_is_looked_at_while_little_is_held_and_nothing_collected_within_the_bound()
    {
        using var pressure = await StartAsync(new CapacityOptions());
        Assert.Equal(0, _time.ActiveTimers);
        _capacity.ChangeBytes(Capacity.Much);
        _resident = Most;
        Pass(10);
        Assert.Equal((0, false), (_collections, pressure.IsHigh));
        _resident = Most + 1;
        _capacity.ChangeBytes(-1);
        Pass(1);
        Assert.Equal((0, false, 0), (_collections, pressure.IsHigh, _time.ActiveTimers));
        await pressure.StopAsync(default);
        _capacity.ChangeBytes(1);
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public async Task Garbage_is_collected_at_once_beyond_it_and_then_for_a_twentieth_of_the_time()
    {
        using var pressure = await StartAsync(new CapacityOptions());
        _capacity.ChangeBytes(Capacity.Much);
        _resident = Most + 1;
        Pass(0.1);
        Assert.Equal((1, false), (_collections, pressure.IsHigh));
        _resident = Most + 1;
        Pass(0.1);
        Assert.Equal((1, true), (_collections, pressure.IsHigh));
        Pass(1.6);
        Assert.Equal((1, true), (_collections, pressure.IsHigh));
        Pass(0.4); // a pause of a tenth of a second takes a twentieth of two seconds
        Assert.Equal((2, false), (_collections, pressure.IsHigh));
    }

    [Fact]
    public async Task Where_that_much_is_live_some_garbage_may_be_beside_it()
    {
        using var pressure = await StartAsync(new CapacityOptions());
        _capacity.ChangeBytes(Capacity.Much);
        _live = _resident = Most + (100 * Megabyte);
        Pass(10);
        Assert.Equal((1, false), (_collections, pressure.IsHigh));
        var garbage = MemoryPressure.GarbageBeside(_live, Most);
        Assert.Equal(_live / 4, garbage);
        _resident = _live + garbage;
        Pass(10);
        Assert.Equal((1, false), (_collections, pressure.IsHigh));
        _resident++;
        Pass(0.1);
        Assert.Equal((2, false), (_collections, pressure.IsHigh));
        _resident = _live + (2 * garbage) - (32 * Megabyte); // a collection of so much may take a while, and nobody is refused for it
        Pass(0.1);
        Assert.Equal((2, false), (_collections, pressure.IsHigh));
        _resident++;
        Pass(0.1);
        Assert.Equal((2, true), (_collections, pressure.IsHigh));
        _live = 100 * Megabyte; // so the next collection finds that much less has to be borne
        Pass(2);
        Assert.Equal((3, false), (_collections, pressure.IsHigh));
        _resident = Most + 1;
        Pass(2);
        Assert.Equal(4, _collections);
    }

    [Fact]
    public async Task At_its_usual_fullness_a_node_bears_some_garbage_and_a_little_more_live_makes_little_difference()
    {
        _pause = TimeSpan.FromDays(1);
        var bounds = new List<long>();
        foreach (var live in (long[])[340, 355, 356, 357, 360, 370, 388])
        {
            var capacity = new Capacity(new CapacityOptions());
            using var pressure = await StartAsync(new CapacityOptions(), capacity);
            _live = live * Megabyte;
            _resident = Most + 1;
            capacity.ChangeBytes(Capacity.Much);
            Pass(0.1);
            var bound = live;
            do _resident = ++bound * Megabyte;
            while (!IsHigh(pressure));
            bounds.Add(bound - 1);
        }

        Assert.Equal(bounds.Order(), bounds);
        Assert.Equal((340 + 32, 355 + 32), (bounds[0], bounds[1]));
        Assert.InRange(bounds[3] - bounds[1], 0, 10);
        Assert.InRange(bounds[^1], 388 + 100, 388 + 388);

        bool IsHigh(MemoryPressure pressure)
        {
            Pass(0.1);
            return pressure.IsHigh;
        }
    }

    [Fact]
    public async Task What_was_live_once_allows_nothing_later()
    {
        using var pressure = await StartAsync(new CapacityOptions());
        _capacity.ChangeBytes(Capacity.Much);
        _live = _resident = Most + Megabyte;
        Pass(10);
        _capacity.ChangeBytes(-1);
        Pass(10);
        _capacity.ChangeBytes(1);
        _live = 100 * Megabyte;
        _resident = Most + 1;
        Pass(0.1);
        Assert.Equal((2, false), (_collections, pressure.IsHigh));
    }

    [Fact]
    public async Task Meanwhile_a_client_gets_a_few_more_connections_and_nobody_loses_any()
    {
        MemoryPressure? pressure = null;
        var host = await GatewayHost.StartAsync([], builder => builder.Services.AddSingleton(provider => pressure = new MemoryPressure(
            _capacity, provider.GetRequiredService<IOptions<CapacityOptions>>(), _time, () => _resident, () =>
            {
                _resident = _live;
                return TimeSpan.FromDays(1);
            })));
        var capacity = host.Services.GetRequiredService<Capacity>();
        var (loud, quiet) = (IPAddress.Parse("127.0.5.1"), Use(new Api(host.Addresses, IPAddress.Parse("127.0.6.1")), host));
        var open = new List<AttackConnection>();
        for (var i = 0; i < 6; i++) open.Add(await AttackConnection.OpenAsync(host.Address, loud, CancellationToken.None));
        await Eventually.IsSoAsync(() => capacity.Connections == 6);
        _capacity.ChangeBytes(Capacity.Much);
        _resident = Most + 1;
        Pass(0.1);
        _resident = Most + (50 * Megabyte); // soon after it was collected
        Pass(0.1);
        Assert.True(pressure!.IsHigh);
        while (open.Count < OpenedWhileShort.OfClient) open.Add(await AttackConnection.OpenAsync(host.Address, loud, CancellationToken.None));
        await Eventually.IsSoAsync(() => capacity.Connections == open.Count);
        await IsTurnedAwayAsync(host, loud);
        (await PostAsync(quiet, "s")).Ok();
        Assert.Equal(open.Count + 1, capacity.Connections); // nobody has lost one
        _resident = Most;
        Pass(0.1);
        Assert.False(pressure.IsHigh);
        using var again = await AttackConnection.OpenAsync(host.Address, loud, CancellationToken.None);
        await Eventually.IsSoAsync(() => capacity.Connections == open.Count + 2);
        foreach (var one in open) one.Dispose();
    }

    [Fact]
    public async Task While_memory_is_short_each_client_opens_a_few_connections_and_each_time_anew()
    {
        using var pressure = await StartAsync(new CapacityOptions());
        var opened = new OpenedWhileShort(pressure, _time);
        ClientKey[] crowd = [.. Enumerable.Range(1, 100).Select(i => new ClientKey((ulong)i, 1000))];
        for (var i = 0; i < 100; i++) Assert.True(opened.TryOpen(crowd[0], i));
        _capacity.ChangeBytes(Capacity.Much);
        for (var times = 0; times < 2; times++)
        {
            BecomeHigh(pressure);
            for (var i = 0; i < OpenedWhileShort.OfClient; i++) Assert.True(opened.TryOpen(crowd[0], 7));
            Assert.False(opened.TryOpen(crowd[0], 7));
            Assert.False(opened.TryOpen(crowd[1], OpenedWhileShort.OfClient)); // it has enough
            Assert.True(opened.TryOpen(crowd[1], 0));
            // All in one network, as one subscriber's may be.
            Assert.Equal(OpenedWhileShort.OfNetwork - OpenedWhileShort.OfClient - 1, crowd.Skip(2).Count(one => opened.TryOpen(one, 0)));
            Assert.True(opened.TryOpen(new ClientKey(2000, 2000), 0));
            _resident = Most;
            Pass(0.1);
            Assert.False(pressure.IsHigh);
            Assert.True(opened.TryOpen(crowd[0], 7));
        }
    }

    [Fact]
    public async Task However_long_memory_is_short_whoever_opens_a_connection_a_second_goes_on_doing_so()
    {
        using var pressure = await StartAsync(new CapacityOptions());
        var time = new FakeTime(); // meanwhile nothing is collected
        var opened = new OpenedWhileShort(pressure, time);
        ClientKey[] crowd = [.. Enumerable.Range(1, 100).Select(i => new ClientKey((ulong)i, 1000))];
        _capacity.ChangeBytes(Capacity.Much);
        BecomeHigh(pressure);
        Assert.Equal(OpenedWhileShort.OfClient, Opened(crowd[0], 20));
        for (var second = 0; second < 60; second++)
        {
            time.Advance(TimeSpan.FromSeconds(0.5));
            Assert.Equal(0, Opened(crowd[0], 1));
            time.Advance(TimeSpan.FromSeconds(0.5));
            Assert.Equal(1, Opened(crowd[0], 3));
        }

        Assert.Equal(OpenedWhileShort.OfNetwork - 1, crowd.Skip(1).Sum(one => Opened(one, 1)));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(OpenedWhileShort.OfNetwork / OpenedWhileShort.OfClient, crowd.Sum(one => Opened(one, 1)));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(OpenedWhileShort.OfClient, Opened(crowd[0], 20));
        Assert.True(pressure.IsHigh);

        int Opened(ClientKey client, int tries) => Enumerable.Range(0, tries).Count(_ => opened.TryOpen(client, 0));
    }

    private void BecomeHigh(MemoryPressure pressure)
    {
        do
        {
            _resident = Most + (50 * Megabyte);
            Pass(0.1); // collected the first time
        }
        while (!pressure.IsHigh);
    }

    private static async Task IsTurnedAwayAsync(GatewayHost host, IPAddress from)
    {
        try
        {
            using var connection = await AttackConnection.OpenAsync(host.Address, from, CancellationToken.None);
            await IsClosedAsync(connection);
        }
        catch (System.Net.Sockets.SocketException reset) when (reset.SocketErrorCode == System.Net.Sockets.SocketError.ConnectionReset)
        {
            // closed before connecting was done
        }
    }

    private static async Task IsClosedAsync(AttackConnection connection)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        try
        {
            await connection.DrainAsync(patience.Token);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // with a reset
        }
    }

    private async Task<MemoryPressure> StartAsync(CapacityOptions options, Capacity? capacity = null)
    {
        var pressure = new MemoryPressure(capacity ?? _capacity, Options.Create(options), _time, () => _resident, () =>
        {
            _collections++;
            _resident = _live;
            return _pause;
        });
        await pressure.StartAsync(default);
        return pressure;
    }

    private void Pass(double seconds)
    {
        for (var tenth = 0; tenth < seconds * 10; tenth++) _time.Advance(TimeSpan.FromSeconds(0.1));
    }
}
