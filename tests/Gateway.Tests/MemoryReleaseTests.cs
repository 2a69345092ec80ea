using Malten.Gateway.Limits;
using Malten.Streams.Limits;
using Malten.Testing;

namespace Malten.Gateway.Tests;

/// <summary>Memory goes back to the operating system once much less is held, and not before.</summary>
public sealed class MemoryReleaseTests : IDisposable
{
    private const long Megabyte = 1024 * 1024;

    private readonly FakeTime _time = new();
    private readonly Capacity _capacity = new(new CapacityOptions());
    private readonly MemoryRelease _release;

    public MemoryReleaseTests() => _release = new MemoryRelease(_capacity, _time);

    public void Dispose() => _release.Dispose();

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

    private void Pass(int seconds)
    {
        for (var second = 0; second < seconds; second++) _time.Advance(TimeSpan.FromSeconds(1));
    }
}
