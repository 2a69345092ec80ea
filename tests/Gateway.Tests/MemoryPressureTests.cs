using System.Net;
using Malten.Gateway.Limits;
using Malten.Streams.Limits;
using Malten.Testing;
using Malten.Testing.Contract;
using Malten.Testing.Hostile;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Malten.Gateway.Tests;

/// <summary>Garbage is collected when it takes the node beyond its budget, and meanwhile there are no more connections.</summary>
public sealed class MemoryPressureTests : GatewayTests
{
    private const long Megabyte = 1024 * 1024;
    private const long Most = (256 * Megabyte) + MemoryPressure.Beside;

    private readonly FakeTime _time = new();
    private readonly Capacity _capacity = new(new CapacityOptions());
    private long _resident = 100 * Megabyte;
    private long _live = 100 * Megabyte;
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
        Pass(1.7);
        Assert.Equal((1, true), (_collections, pressure.IsHigh));
        Pass(0.4); // a pause of a tenth of a second takes a twentieth of two seconds
        Assert.Equal((2, false), (_collections, pressure.IsHigh));
    }

    [Fact]
    public async Task Where_that_much_is_live_some_garbage_may_be_beside_it()
    {
        using var pressure = await StartAsync(new CapacityOptions());
        _capacity.ChangeBytes(Capacity.Much);
        _live = _resident = Most + Megabyte;
        Pass(10);
        Assert.Equal((1, false), (_collections, pressure.IsHigh));
        var garbage = MemoryPressure.GarbageBeside(_live);
        _resident = _live + garbage;
        Pass(10);
        Assert.Equal((1, false), (_collections, pressure.IsHigh));
        _resident++;
        Pass(0.1);
        Assert.Equal((2, false), (_collections, pressure.IsHigh));
        _resident = _live + (2 * garbage); // a collection of so much may take a while, and nobody is refused for it
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
    public async Task Meanwhile_whoever_has_most_connections_gets_no_more_and_others_do()
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
        for (var i = 0; i < 10; i++) open.Add(await AttackConnection.OpenAsync(host.Address, loud, CancellationToken.None));
        await Eventually.IsSoAsync(() => capacity.Connections == 10);
        _capacity.ChangeBytes(Capacity.Much);
        _resident = Most + 1;
        Pass(0.1);
        _resident = Most + 1; // soon after it was collected
        Pass(0.1);
        Assert.True(pressure!.IsHigh);
        using var more = await AttackConnection.OpenAsync(host.Address, loud, CancellationToken.None);
        await IsClosedAsync(more);
        (await PostAsync(quiet, "s")).Ok();
        await IsClosedAsync(open[^1]);
        Assert.Equal(10, capacity.Connections);
        _resident = Most;
        Pass(0.1);
        Assert.False(pressure.IsHigh);
        using var again = await AttackConnection.OpenAsync(host.Address, loud, CancellationToken.None);
        await Eventually.IsSoAsync(() => capacity.Connections == 11);
        foreach (var one in open) one.Dispose();
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

    private async Task<MemoryPressure> StartAsync(CapacityOptions options)
    {
        var pressure = new MemoryPressure(_capacity, Options.Create(options), _time, () => _resident, () =>
        {
            _collections++;
            _resident = _live;
            return TimeSpan.FromSeconds(0.1);
        });
        await pressure.StartAsync(default);
        return pressure;
    }

    private void Pass(double seconds)
    {
        for (var tenth = 0; tenth < seconds * 10; tenth++) _time.Advance(TimeSpan.FromSeconds(0.1));
    }
}
