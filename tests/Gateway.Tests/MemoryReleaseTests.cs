using Malten.Gateway.Limits;
using Malten.Gateway.Memory;
using Malten.Streams.Limits;
using Malten.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Malten.Gateway.Tests;

/// <summary>Memory goes back to the operating system once much less is held, and not before.</summary>
public sealed class MemoryReleaseTests : IDisposable
{
    private const long Megabyte = 1024 * 1024;

    private readonly FakeTime _time = new();
    private readonly Capacity _capacity = new(new CapacityOptions());
    private readonly Forgetting _forgetting;
    private readonly MemoryRelease _release;

    public MemoryReleaseTests()
    {
        _forgetting = new Forgetting(_capacity, [], _time, NullLogger<Forgetting>.Instance, () => TimeSpan.FromSeconds(0.1), () => 0);
        _release = new MemoryRelease(_capacity, _time, _forgetting);
    }

    public void Dispose()
    {
        _release.Dispose();
        _forgetting.Dispose();
    }

    [Fact]
    public async Task After_much_was_let_go()
    {
        await _release.StartAsync(default);
        Assert.Equal(0, _time.ActiveTimers);
        _capacity.ChangeBytes(100 * Megabyte);
        Pass(30);
        Assert.Equal(0, _release.Times);
        _capacity.ChangeBytes(-31 * Megabyte);
        Pass(30);
        Assert.Equal(0, _release.Times); // not worth a pause
        _capacity.ChangeBytes(-1 * Megabyte);
        Pass(30);
        Assert.Equal(1, _release.Times); // once
        _capacity.ChangeBytes(-60 * Megabyte);
        Pass(30);
        Assert.Equal((2, 0), (_release.Times, _time.ActiveTimers)); // little is held: an idle node does nothing
        await _release.StopAsync(default);
        _capacity.ChangeBytes(100 * Megabyte);
        Pass(30);
        _capacity.ChangeBytes(-100 * Megabyte);
        Pass(30);
        Assert.Equal(2, _release.Times);
    }

    [Fact]
    public async Task After_it_was_let_go_in_small_parts()
    {
        await _release.StartAsync(default);
        _capacity.ChangeBytes(60 * Megabyte);
        Pass(10);
        _capacity.ChangeBytes(-29 * Megabyte);
        Pass(10);
        Assert.Equal(0, _release.Times);
        _capacity.ChangeBytes(-31 * Megabyte);
        Pass(30);
        Assert.Equal((1, 0), (_release.Times, _time.ActiveTimers));
    }

    [Fact]
    public async Task After_a_crowd_that_nobody_saw_coming()
    {
        await _release.StartAsync(default);
        _capacity.ChangeBytes(200 * Megabyte);
        _capacity.ChangeBytes(-200 * Megabyte);
        Pass(30);
        Assert.Equal((1, 0), (_release.Times, _time.ActiveTimers));
    }

    [Fact]
    public async Task After_many_connections_have_closed_that_held_nothing_else()
    {
        await _release.StartAsync(default);
        var connections = Enumerable.Range(0, 4000).Select(_ => _capacity.AddConnection(default)!).ToList();
        Pass(30);
        Assert.Equal(0, _release.Times);
        foreach (var connection in connections) connection.Dispose();
        Pass(30);
        Assert.Equal((1, 0, 0, 0), (_release.Times, _time.ActiveTimers, _capacity.Connections, _capacity.Resident));
    }

    [Fact]
    public async Task Also_where_what_is_held_goes_to_and_fro()
    {
        await _release.StartAsync(default);
        _capacity.ChangeBytes(100 * Megabyte);
        _capacity.ChangeBytes(-69 * Megabyte);
        for (var time = 0; time < 4; time++)
        {
            Pass(4);
            _capacity.ChangeBytes(time % 2 == 0 ? 2 * Megabyte : -2 * Megabyte);
        }

        Assert.Equal(1, _release.Times);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 9)]
    [InlineData(6, 6)]
    [InlineData(11, 4)]
    public async Task Seldom_while_somebody_comes_and_goes_and_soon_after_that_has_ended(int held, int gone)
    {
        await _release.StartAsync(default);
        for (var second = 0; second < 600; second += held + gone) // of which a pause of a tenth of a second takes a five-hundredth
        {
            _capacity.ChangeBytes(37 * Megabyte);
            Pass(held);
            _capacity.ChangeBytes(-37 * Megabyte);
            Pass(gone);
        }

        Assert.InRange(_release.Times, 1, 1 + (600 / 50));
        var (times, last) = (_release.Times, _time.GetTimestamp());
        _capacity.ChangeBytes(200 * Megabyte);
        _capacity.ChangeBytes(-200 * Megabyte);
        while (_release.Times == times && _time.GetElapsedTime(last) < TimeSpan.FromSeconds(30)) Pass(1);
        Assert.Equal(times + 1, _release.Times);
        Pass(30);
        Assert.Equal((times + 1, 0), (_release.Times, _time.ActiveTimers));
    }

    [Fact]
    public async Task Not_where_it_was_swept_since()
    {
        await _release.StartAsync(default);
        for (var time = 0; time < 2; time++)
        {
            _capacity.ChangeBytes(100 * Megabyte);
            Pass(10);
            _capacity.ChangeBytes(-100 * Megabyte);
            Pass(6);
        }

        Assert.Equal((1, 1, 1), (_release.Times, _forgetting.Sweeps, _time.ActiveTimers)); // the second time is yet to come
        _forgetting.Sweep();
        Pass(30);
        Assert.Equal((1, 2, 0), (_release.Times, _forgetting.Sweeps, _time.ActiveTimers));
    }

    [Fact]
    public void Real_memory_is_given_back()
    {
        using var forgetting = new Forgetting(_capacity, [], _time, NullLogger<Forgetting>.Instance);
        using var release = new MemoryRelease(_capacity, _time, forgetting);
        _ = release.StartAsync(default);
        _capacity.ChangeBytes(100 * Megabyte);
        _capacity.ChangeBytes(-100 * Megabyte);
        var collections = GC.CollectionCount(GC.MaxGeneration);
        Pass(30);
        Assert.Equal(1, release.Times);
        Assert.True(GC.CollectionCount(GC.MaxGeneration) > collections);
    }

    private void Pass(int seconds)
    {
        for (var second = 0; second < seconds; second++) _time.Advance(TimeSpan.FromSeconds(1));
    }
}
