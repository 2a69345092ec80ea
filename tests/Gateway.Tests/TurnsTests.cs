using Malten.Gateway.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Gateway.Tests;

/// <summary>When time is scarce, whoever asks most waits, and nobody else. The thread pool's queue and the clock are the test's.</summary>
public sealed class TurnsTests
{
    private const int Least = 50;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private readonly FakeTime _time = new();
    private readonly Turns _turns;
    private readonly Dictionary<ClientKey, (int Served, int Waited, int Refused)> _asked = [];
    private readonly Dictionary<int, int> _runs = []; // how many requests run in which tick
    private readonly List<(Action Run, int Due)> _queue = [];
    private readonly HashSet<ClientKey> _probing = []; // those that only probe
    private TimeSpan _delay; // of what is queued now
    private int _tick;

    public TurnsTests() =>
        _turns = new Turns(Least, new QueueDelay(item => _queue.Add((item, _tick + (int)Math.Ceiling(_delay / Tick))), _time), _time);

    [Fact]
    public void While_all_are_served_at_once_nobody_waits_however_much_is_asked()
    {
        Pass(seconds: 5, delay: 0, (Client(1), 5000), (Client(2), 10));
        Assert.Equal(double.PositiveInfinity, _turns.Level);
        Assert.All(_asked.Values, asked => Assert.Equal((0, 0), (asked.Waited, asked.Refused)));
    }

    [Fact]
    public void When_they_are_not_the_loudest_waits_and_the_others_are_served_at_once()
    {
        Pass(seconds: 5, delay: 20, [(Client(1), 5000), .. Enumerable.Range(2, 50).Select(i => (Client(i), 10))]);
        Assert.Equal(Least, _turns.Level);
        Assert.True(_asked[Client(1)].Waited > 0 && _asked[Client(1)].Refused > 10_000, $"{_asked[Client(1)]}");
        for (var i = 2; i <= 51; i++) Assert.Equal((50, 0, 0), _asked[Client(i)]);
    }

    [Fact]
    public void The_level_falls_no_further_than_it_must()
    {
        // 1,000 requests a second are all that the processors can do; 100 connections send one after another.
        var queued = 0.0;
        PassWhereRunsAreWork(seconds: 5);
        Assert.InRange(_turns.Level, 300, 1000);
        Assert.Equal((500, 0, 0), _asked[Client(3)]);
        _asked.Clear();
        PassWhereRunsAreWork(seconds: 5);
        Assert.InRange(_asked[Client(1)].Served + _asked[Client(1)].Waited, 5 * 250, 5 * 700);
        Assert.Equal((500, 0, 0), _asked[Client(3)]);

        void PassWhereRunsAreWork(int seconds)
        {
            for (var i = 0; i < seconds / Tick.TotalSeconds; i++)
                PassTick(runs => (queued = Math.Clamp(queued + runs - (1000 * Tick.TotalSeconds), 0, 100)) / 1000 * TimeSpan.FromSeconds(1),
                    (Client(1), 5000), (Client(2), 300), (Client(3), 100));
        }
    }

    [Fact]
    public void A_flood_of_probes_is_what_the_level_bites_and_not_a_school_beside_it()
    {
        var queued = 0.0; // 1,000 requests a second are all that the processors can do
        _probing.Add(Client(1));
        for (var round = 0; round < 2; round++)
        {
            _asked.Clear();
            for (var i = 0; i < 5 / Tick.TotalSeconds; i++)
                PassTick(runs => (queued = Math.Clamp(queued + runs - (1000 * Tick.TotalSeconds), 0, 100)) / 1000 * TimeSpan.FromSeconds(1),
                    (Client(1), 5000), (Client(2), 200));
        }

        Assert.InRange(_turns.Level, 250, 1000);
        Assert.Equal((1000, 0, 0), _asked[Client(2)]);
        Assert.True(_asked[Client(1)].Refused > 10_000, $"{_asked[Client(1)]}");
    }

    [Fact]
    public void Probes_of_a_monitor_never_wait_however_much_its_client_asks_beside()
    {
        Pass(seconds: 5, delay: 20, (Client(1), 5000));
        for (var second = 0; second < 3; second++)
        {
            for (var i = 0; i < 10; i++) Assert.Equal(TimeSpan.Zero, _turns.TakeProbe(Client(1)));
            Assert.NotEqual(TimeSpan.Zero, _turns.TakeProbe(Client(1)));
            for (var i = 0; i < 1000; i++) _turns.Take(Client(1));
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void A_monitor_that_probes_no_more_is_forgotten_a_second_later()
    {
        for (var i = 0; i < 10; i++) _turns.TakeProbe(Client(1));
        for (var i = 0; i < 15; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            _turns.Take(Client(2));
            if (i == 5) Assert.Equal(2, _turns.Clients);
        }

        Assert.Equal(1, _turns.Clients);
    }

    [Fact]
    public async Task Work_that_goes_on_waits_for_its_turn_and_is_not_refused()
    {
        await _turns.WaitAsync(Client(1), CancellationToken.None); // at once
        Pass(seconds: 5, delay: 20, (Client(1), 5000));
        var going = _turns.WaitAsync(Client(1), CancellationToken.None).AsTask();
        Assert.False(going.IsCompleted);
        await _turns.WaitAsync(Client(2), CancellationToken.None); // whoever asks little does not wait
        while (!going.IsCompleted)
        {
            _time.Advance(Tick);
            await Task.Yield();
        }

        using var gone = new CancellationTokenSource();
        for (var i = 0; i < 100; i++) _turns.Take(Client(1));
        var abandoned = _turns.WaitAsync(Client(1), gone.Token).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
    }

    [Fact]
    public void When_they_are_again_nobody_waits_any_more()
    {
        Pass(seconds: 5, delay: 20, (Client(1), 5000));
        Pass(seconds: 10, delay: 0, (Client(1), 40));
        Assert.Equal(double.PositiveInfinity, _turns.Level);
    }

    [Fact]
    public void After_a_silence_a_crowd_behind_one_address_is_served_at_once()
    {
        Pass(seconds: 5, delay: 20, (Client(1), 5000));
        Assert.Equal(Least, _turns.Level);
        _time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 300; i++) Assert.Equal(TimeSpan.Zero, _turns.Take(Client(1)));
    }

    [Fact]
    public void Where_few_ask_and_something_else_is_slow_nobody_waits()
    {
        Pass(seconds: 5, delay: 50, [.. Enumerable.Range(1, 20).Select(i => (Client(i), 40))]);
        Assert.Equal(double.PositiveInfinity, _turns.Level);
        Assert.All(_asked.Values, asked => Assert.Equal((200, 0, 0), asked));
    }

    [Fact]
    public void A_pause_of_the_garbage_collector_makes_nobody_wait()
    {
        for (var pause = 0; pause < 10; pause++)
        {
            Pass(seconds: 1, delay: 0, (Client(1), 300));
            _delay = TimeSpan.FromMilliseconds(100);
            PassTick(_ => TimeSpan.Zero, (Client(1), 300));
        }

        Assert.Equal(double.PositiveInfinity, _turns.Level);
    }

    [Fact]
    public void Where_few_ask_any_more_the_level_rises_though_something_else_is_slow()
    {
        Pass(seconds: 5, delay: 20, (Client(1), 5000));
        Pass(seconds: 5, delay: 20, (Client(2), 20));
        Assert.Equal(double.PositiveInfinity, _turns.Level);
    }

    [Fact]
    public void A_crowd_of_one_network_has_the_turns_of_eight()
    {
        Pass(seconds: 5, delay: 20, [.. Enumerable.Range(1, 250).Select(i => (new ClientKey((ulong)i, 9), 20)), (Client(1000), 20)]);
        Assert.Equal((100, 0, 0), _asked[Client(1000)]);
        Assert.InRange(_asked.Where(one => one.Key.Network == 9).Sum(one => one.Value.Served + one.Value.Waited), 5 * 8 * Least, 7 * 8 * Least + 5000);
    }

    [Fact]
    public void Whoever_asks_no_more_is_forgotten()
    {
        for (var i = 0; i < 20_000; i++)
        {
            _turns.Take(Client(i));
            if (i % 10 == 0) _time.Advance(TimeSpan.FromMilliseconds(1)); // 10,000 a second
        }

        Assert.InRange(_turns.Clients, 1, 2100);
    }

    private static ClientKey Client(int number) => new((ulong)number, (ulong)number);

    private void Pass(int seconds, int delay, params (ClientKey Client, int PerSecond)[] askers)
    {
        for (var i = 0; i < seconds / Tick.TotalSeconds; i++) PassTick(_ => TimeSpan.FromMilliseconds(delay), askers);
    }

    private void PassTick(Func<int, TimeSpan> delay, params (ClientKey Client, int PerSecond)[] askers)
    {
        foreach (var (client, perSecond) in askers)
        {
            var share = perSecond * Tick.TotalSeconds;
            for (var i = (int)(_tick * share); i < (int)((_tick + 1) * share); i++)
            {
                var wait = _probing.Contains(client) ? _turns.TakeProbe(client) : _turns.Take(client);
                var asked = _asked.GetValueOrDefault(client);
                _asked[client] = wait == TimeSpan.Zero ? asked with { Served = asked.Served + 1 }
                    : wait < Turns.Patience ? asked with { Waited = asked.Waited + 1 }
                    : asked with { Refused = asked.Refused + 1 };
                if (wait < Turns.Patience) Run(_tick + (int)(wait / Tick));
            }
        }

        RunDue();
        _delay = delay(_runs.GetValueOrDefault(_tick++));
        _time.Advance(Tick);
        RunDue();
    }

    private void RunDue()
    {
        foreach (var item in _queue.Where(item => item.Due <= _tick).ToList())
        {
            _queue.Remove(item);
            item.Run();
        }
    }

    private void Run(int tick) => _runs[tick] = _runs.GetValueOrDefault(tick) + 1;
}
