using Malten.Membership.Protocol;
using Malten.Membership.Registers;
using Malten.Testing;

namespace Malten.Membership.Tests.Simulation;

/// <summary>
/// Derives a whole history from one number: seeds and other processes, their calls and their faults, then a calm period
/// in which everything is up and all calls must succeed.
/// </summary>
internal sealed class World
{
    private readonly Random _random;
    private readonly Scheduler _scheduler = new();
    private readonly Network _network;
    private readonly Quorums _quorums;
    private readonly Host[] _hosts;
    private readonly Action<Acceptor>? _born;
    private readonly Dictionary<Generation, int> _fewest = [];
    private readonly Generation?[] _held;
    private readonly AcceptorState?[] _observed;

    public World(int seed, int seeds, Breakage? breakage = null)
    {
        _random = new Random(seed);
        _network = new Network(_scheduler, _random);
        _quorums = breakage?.Quorums?.Invoke(Quorums.Of(seeds)) ?? Quorums.Of(seeds);
        _held = new Generation?[seeds];
        _observed = new AcceptorState?[seeds];
        _network.Answered = Betray;
        if (breakage?.Handle is { } handle) _network.Handle = handle;
        if (breakage?.Born is { } born) _born = acceptor => born(acceptor, _network);
        _hosts = [.. Enumerable.Range(0, seeds + 3)
            .Select(id => new Host(id, _quorums, _scheduler, _network, _random, History))];
    }

    public History History { get; } = new();

    public int Generations => _fewest.Count;

    /// <summary>Runs the faults and the second after them. Says which rule was violated; null if none was.</summary>
    public string? Storm()
    {
        var faults = _network.Faults = Faults.Draw(_random);
        _scheduler.Run(faults.Pace * 20, () => { Open(); Strike(); }, Observe);
        _scheduler.Run(TimeSpan.FromSeconds(1), Mend, Observe);
        return History.Explain();
    }

    /// <summary>Runs without faults until every call must succeed. Says which did not; null if all did.</summary>
    public string? Calm()
    {
        _scheduler.Run(TimeSpan.FromSeconds(5), () => { }, Observe);
        var calm = _scheduler.GetTimestamp();
        _scheduler.Run(TimeSpan.FromSeconds(5), () => { }, Observe);
        return History.Explain() ?? Stuck(calm);
    }

    private void Open()
    {
        foreach (var host in _hosts)
        {
            var late = _random.Next(3) == 0 ? _network.Faults!.Pace * 5 * _random.NextDouble() : TimeSpan.Zero;
            _scheduler.After(late, () => Start(host));
        }
    }

    private void Start(Host host)
    {
        if (!host.IsUp) host.Start(_born);
    }

    private void Strike()
    {
        if (_network.Faults is not { } faults) return;
        if (_random.NextDouble() < faults.Crashes)
        {
            Kill(_hosts[_random.Next(_hosts.Length)], faults.Pace * _random.Next(2) * 3 * _random.NextDouble());
        }

        if (_random.NextDouble() < faults.Partitions)
        {
            if (_random.Next(2) == 0) _network.Heal();
            else _network.Split(_ => _random.Next(2));
        }

        if (_random.NextDouble() < faults.Clogs)
        {
            if (_random.Next(4) == 0) _network.Unclog();
            else Clog(_random.Next(_quorums.Seeds, _hosts.Length));
        }

        _scheduler.After(faults.Pace * _random.NextDouble(), Strike);
    }

    private void Clog(int from)
    {
        for (var seed = 0; seed < _quorums.Seeds; seed++)
        {
            if (_random.Next(2) == 0) _network.Clog(from, seed);
        }
    }

    // Crashes a seed that has just promised or accepted what no other seed knows yet: the worst moment to lose memory.
    private void Betray(int seed, Request request)
    {
        if (request is not (Prepare or Accept) || _network.Faults is not { } faults) return;
        if (_random.NextDouble() >= faults.Betrayals) return;
        var promise = _network[seed]!.State.Promise;
        var alone = Enumerable.Range(0, _quorums.Seeds)
            .All(other => other == seed || _network[other] is not { } acceptor || acceptor.State.Promise < promise);
        if (alone || request is Accept) _scheduler.After(TimeSpan.Zero, () => Kill(_hosts[seed], TimeSpan.Zero));
    }

    private void Kill(Host host, TimeSpan pause)
    {
        if (!host.IsUp || _network.Faults is not { } faults) return;
        if (faults.Spares && !_held.All(held => held is not null && held == _held[0])) return;
        host.Crash();
        _scheduler.After(pause, () => Start(host));
    }

    private void Mend()
    {
        _network.Faults = null;
        _network.Heal();
        foreach (var host in _hosts) Start(host);
    }

    // A generation may begin only if, at some moment, fewer seeds held the one before than a recovery needs.
    private void Observe()
    {
        var changed = false;
        for (var seed = 0; seed < _held.Length; seed++)
        {
            var state = _network[seed]?.State;
            if (ReferenceEquals(state, _observed[seed])) continue;
            _observed[seed] = state;
            var held = state?.Generation;
            changed |= held != _held[seed];
            _held[seed] = held;
        }

        if (!changed) return;
        foreach (var generation in _held.OfType<Generation>().Distinct())
        {
            if (_fewest.ContainsKey(generation) || Remember(generation) < _quorums.Majority) continue;
            foreach (var (earlier, fewest) in _fewest)
            {
                if (fewest > _quorums.Seeds - _quorums.Majority)
                    History.Failure ??= $"{generation} began while {fewest} seeds always held {earlier}";
            }

            _fewest[generation] = _quorums.Seeds;
        }

        foreach (var generation in _fewest.Keys)
            _fewest[generation] = Math.Min(_fewest[generation], Remember(generation));
    }

    private int Remember(Generation generation) => _held.Count(held => held == generation);

    private string? Stuck(long calm)
    {
        var wrong = History.Operations.FirstOrDefault(operation => operation.Start > calm
            && operation.Start < _scheduler.GetTimestamp() - TimeSpan.TicksPerSecond * 4
            && operation.Result is not { Succeeded: true }
            && operation.Result?.Outcome != RegisterOutcome.GenerationChanged);
        return wrong is null ? null : $"Not recovered: {wrong}. Seeds: " + string.Join("; ",
            Enumerable.Range(0, _quorums.Seeds).Select(seed => _network[seed]?.State.ToString()));
    }
}
