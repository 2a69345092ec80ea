using Malten.Gateway.Memory;
using Malten.Streams.Limits;
using Malten.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Malten.Gateway.Tests;

/// <summary>When a node sweeps its memory: soon after something was let go, twice, and not when nothing was.</summary>
public sealed class ForgettingTests : IKeptBuffers, IDisposable
{
    private readonly FakeTime _time = new();
    private readonly Capacity _capacity = new(new CapacityOptions());
    private readonly Forgetting _forgetting;
    private int _overwritten;
    private bool _isTrimmed;
    private int _before; // sweeps that were due to the start
    private Action _onOverwrite = () => { };
    private TimeSpan _pause;
    private double _chance;
    private Action? _used;

    public ForgettingTests() => _forgetting = new Forgetting(_capacity, [this], _time, NullLogger<Forgetting>.Instance, () => _pause, () => _chance);

    private int Sweeps => _forgetting.Sweeps - _before;

    public void Dispose() => _forgetting.Dispose();

    event Action? IKeptBuffers.Used
    {
        add => _used += value;
        remove => _used -= value;
    }

    bool IKeptBuffers.Trim() => _isTrimmed;

    void IKeptBuffers.Overwrite()
    {
        _overwritten++;
        _onOverwrite();
    }

    [Fact]
    public async Task What_was_let_go_is_swept_over_twice_within_a_minute()
    {
        await StartAsync();
        _capacity.ChangeBytes(100);
        Assert.Equal(0, _time.ActiveTimers); // an idle node does nothing
        _capacity.ChangeBytes(-1);
        _time.Advance(Forgetting.Delay);
        Assert.Equal((1, 1), (Sweeps, _overwritten));
        _capacity.ChangeBytes(-1); // just too late for that one
        _time.Advance(Forgetting.Period);
        _time.Advance(Forgetting.Period);
        Assert.Equal((3, 3, 0), (Sweeps, _overwritten, _time.ActiveTimers));
        Assert.InRange(2 * Forgetting.Period, TimeSpan.Zero, TimeSpan.FromSeconds(55));
    }

    [Fact]
    public async Task Not_where_collections_take_long()
    {
        await StartAsync();
        (_isTrimmed, _pause) = (true, TimeSpan.FromSeconds(0.3));
        _capacity.ChangeBytes(-1);
        _time.Advance(Forgetting.Delay);
        for (var i = 0; i < 10; i++) _time.Advance(Forgetting.Again);
        Assert.Equal((1, 0), (Sweeps, _forgetting.Collections));
    }

    [Fact]
    public async Task Rarely_where_collections_take_more_than_their_share_of_the_time()
    {
        await StartAsync();
        (_isTrimmed, _pause) = (true, TimeSpan.FromSeconds(0.1));
        for (var passed = TimeSpan.Zero; passed < 2 * Forgetting.BetweenDear; passed += Forgetting.Again)
        {
            _capacity.ChangeBytes(-1);
            _time.Advance(Forgetting.Again);
        }

        Assert.InRange(_forgetting.Collections, 3 * Forgetting.CollectionsAgain, 9 * Forgetting.CollectionsAgain);
        Assert.InRange(Sweeps, 20, 30);
        Assert.InRange((Sweeps + _forgetting.Collections) * _pause, TimeSpan.Zero, 2 * Forgetting.BetweenDear / 100);
    }

    [Fact]
    public async Task What_is_let_go_again_a_minute_later_is_given_back_too_where_collections_take_longer()
    {
        await StartAsync();
        _pause = TimeSpan.FromSeconds(0.1);
        for (var times = 1; times <= 3; times++)
        {
            _isTrimmed = true;
            _capacity.ChangeBytes(-1);
            _time.Advance(Forgetting.Delay);
            _isTrimmed = false;
            Pass(25);
            Assert.Equal(times * Forgetting.CollectionsAgain, _forgetting.Collections);
            Pass(30);
        }

        void Pass(int seconds)
        {
            for (var second = 0; second < seconds; second++) _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Once_many_buffers_were_let_go_it_collects_again_until_they_are_given_back()
    {
        await StartAsync();
        _isTrimmed = true;
        _capacity.ChangeBytes(-1);
        _time.Advance(Forgetting.Delay);
        _isTrimmed = false;
        for (var i = 0; i < 10; i++) _time.Advance(Forgetting.Again);
        Assert.Equal((1, Forgetting.CollectionsAgain), (Sweeps, _forgetting.Collections));
        _time.Advance(Forgetting.Period);
        _time.Advance(Forgetting.Period);
        Assert.Equal((Forgetting.CollectionsAgain, 0), (_forgetting.Collections, _time.ActiveTimers));
    }

    [Fact]
    public async Task A_silo_that_starts_again_sweeps_what_it_had_before()
    {
        await _forgetting.StartAsync(default);
        _time.Advance(Forgetting.Delay);
        _time.Advance(Forgetting.Period);
        Assert.Equal((2, 0), (Sweeps, _time.ActiveTimers));
    }

    [Fact]
    public async Task What_only_passed_through_is_swept_too()
    {
        await StartAsync();
        _used!();
        _time.Advance(Forgetting.Delay);
        Assert.Equal(1, Sweeps);
    }

    [Fact]
    public async Task Buffers_that_fail_stop_neither_the_node_nor_later_sweeps()
    {
        await StartAsync();
        _onOverwrite = () => throw new InvalidOperationException("failed");
        _capacity.ChangeBytes(-1);
        _time.Advance(Forgetting.Delay);
        _onOverwrite = () => { };
        _time.Advance(Forgetting.Period);
        Assert.Equal((1, 2), (Sweeps, _overwritten));
        _capacity.ChangeBytes(-1);
        _time.Advance(Forgetting.Delay);
        Assert.Equal(2, Sweeps);
    }

    [Fact]
    public async Task However_much_is_let_go_there_is_time_between_sweeps()
    {
        await StartAsync();
        for (var second = 0; second < 300; second++)
        {
            for (var i = 0; i < 100; i++) _capacity.ChangeBytes(-1);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(12, Sweeps); // after 5 s, and then every 25 s
    }

    [Theory]
    [InlineData(250, 0, 25)]
    [InlineData(250, 1, 25)]
    [InlineData(450, 0, 45)]
    [InlineData(450, 1, 35)]
    [InlineData(2000, 0, 50)]
    [InlineData(2000, 0.4, 45)]
    public async Task A_node_that_sweeps_stop_for_longer_sweeps_less_often_and_not_at_the_same_times_as_others(
        int pauseMs, double chance, int period)
    {
        await StartAsync();
        (_pause, _chance) = (TimeSpan.FromMilliseconds(pauseMs), chance);
        for (var second = 0; second < 205; second++)
        {
            _capacity.ChangeBytes(-1);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1 + (200 / period), Sweeps);
        Assert.InRange(Forgetting.LongestPeriod, Forgetting.Period, TimeSpan.FromSeconds(55)); // once within a minute
    }

    [Fact]
    public async Task A_sweep_for_another_reason_puts_the_next_off()
    {
        await StartAsync();
        _capacity.ChangeBytes(-1);
        _time.Advance(Forgetting.Delay);
        _time.Advance(TimeSpan.FromSeconds(20));
        _forgetting.Sweep();
        _time.Advance(Forgetting.Period - TimeSpan.FromSeconds(1));
        Assert.Equal(2, Sweeps);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((3, 0), (Sweeps, _time.ActiveTimers));
    }

    [Fact]
    public async Task Copies_and_replicas_count_too()
    {
        await StartAsync();
        _capacity.ForCopies().ChangeBytes(-1);
        _time.Advance(Forgetting.Delay);
        Assert.Equal(1, Sweeps);
    }

    [Fact]
    public async Task A_node_that_stops_sweeps_no_more()
    {
        await _forgetting.StartAsync(default);
        await _forgetting.StopAsync(default);
        _capacity.ChangeBytes(-1);
        _time.Advance(Forgetting.Delay);
        Assert.Equal(0, Sweeps);
    }

    /// <summary>Starts, and has swept what was there before.</summary>
    private async Task StartAsync()
    {
        await _forgetting.StartAsync(default);
        _time.Advance(Forgetting.Delay);
        _time.Advance(Forgetting.Period);
        (_before, _overwritten) = (_forgetting.Sweeps, 0);
    }
}
