using System.Net;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>
/// Derives a whole history from one number: silos that are killed, stopped, paused, cut off, declared dead by mistake and
/// started again, with clients that post, read and listen meanwhile; then a calm period, after which every message that was
/// ever acknowledged must be there.
/// </summary>
/// <remarks>
/// No more silos fail at once than the copies tolerate: the next one fails when everything that runs has settled. A silo
/// that stops in good order is none that fails.
/// </remarks>
internal sealed class World
{
    private static readonly TimeSpan LongestStorm = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LongestCalm = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan LongestCheck = TimeSpan.FromSeconds(6);

    private readonly Random _random;
    private readonly Scheduler _scheduler = new();
    private readonly Network _network;
    private readonly Breakage _broken;
    private readonly List<Node> _nodes = [];
    private readonly List<Client> _clients = [];
    private readonly List<Listener> _listeners = [];
    private readonly HashSet<Node> _failed = []; // since all that ran had settled last
    private readonly Action<string>? _tell;
    private readonly bool _isWhole; // whether all of its time is run, in case something goes wrong late
    private bool _isCalm;
    private int _asked; // the nodes that show what they have in the end
    private int _incarnations;

    /// <param name="seed">The number of the history.</param>
    /// <param name="broken">The rules that are taken out.</param>
    /// <param name="tell">Told what happens, in order, by whoever looks into a history that went wrong.</param>
    public World(int seed, Breakage? broken = null, Action<string>? tell = null)
    {
        _tell = tell;
        _random = new Random(seed);
        _broken = broken ?? new Breakage();
        Faults = Faults.Draw(_random);
        _isWhole = _random.Next(8) == 0;
        Directory = new Directory(Table);
        _network = new Network(_scheduler, _random, this);
        Histories = [.. Enumerable.Range(0, 2).Select(number => new History($"stream-{number}"))];
    }

    public Faults Faults { get; private set; }

    public Table Table { get; } = new();

    public Directory Directory { get; }

    public IReadOnlyList<History> Histories { get; }

    public int Acknowledged => Histories.Sum(history => history.Acknowledged);

    /// <summary>The silos that have been started.</summary>
    public int Incarnations => _incarnations;

    /// <summary>Whether every silo that the table shows runs, and has settled what the table shows.</summary>
    private bool AreCopiesWhole => _nodes.TrueForAll(node => node.HasSettled && node.View.Version == Table.Snapshot.Version.Value)
        && Table.Snapshot.Members.Values.All(member => member.Status == SiloStatus.Dead || Find(member.SiloAddress) is not null);

    private bool IsQuiet => AreCopiesWhole && IsEverythingHeard && _nodes.TrueForAll(node => !node.IsStopping)
        && _clients.TrueForAll(client => client.Stuck is null);

    private bool AreAllRead => Histories.All(history => history.Checks == _asked);

    private bool IsEverythingHeard => _listeners.TrueForAll(listener => listener is { IsConnected: true, Missing: null });

    private string? Failure => Histories.Select(history => history.Failure).FirstOrDefault(failure => failure is not null);

    /// <summary>Says which promise was broken; null if none was.</summary>
    public string? Run()
    {
        var quiet = Faults;
        Faults = Faults.None with { Silos = quiet.Silos, Copies = quiet.Copies };
        _scheduler.Run(TimeSpan.FromSeconds(1), Open, () => { });
        Faults = quiet;
        _scheduler.Run(_isWhole ? LongestStorm : LongestStorm * _random.NextDouble(), () => { Strike(); Work(); }, Observe);
        if (Failure is not null) return Failure;
        _scheduler.Run(LongestCalm, Mend, Observe, isEnough: () => !_isWhole && IsQuiet);
        _scheduler.Run(LongestCheck, Check, Observe, isEnough: () => !_isWhole && AreAllRead && IsEverythingHeard);
        return Failure ?? CheckListeners() ?? _clients.Select(client => client.Stuck).FirstOrDefault(stuck => stuck is not null);
    }

    /// <summary>Tells what happens to a silo or a client.</summary>
    public void Tell(object subject, string what) =>
        _tell?.Invoke($"{_scheduler.GetTimestamp() / TimeSpan.TicksPerMillisecond % 100_000,6} {subject} {what}");

    /// <summary>The process of a silo; null once it has ended.</summary>
    public Node? Find(SiloAddress silo) => _nodes.Find(node => node.Address.Equals(silo));

    /// <summary>The silo of a stream's activation, or the one on which this node would place it.</summary>
    public SiloAddress Place(string stream, Node by) =>
        Directory.Find(stream, by.Address) ?? by.View.View.Candidates(stream, 1).FirstOrDefault() ?? by.Address;

    /// <summary>A node that a client reaches.</summary>
    public Node? AnyNode() => _nodes.Where(node => !node.IsStopping).ToList() is { Count: > 0 } open ? open[_random.Next(open.Count)] : null;

    private void Open()
    {
        for (var host = 0; host < Faults.Silos; host++) Start();
        foreach (var history in Histories)
        {
            _clients.Add(new Client(this, _scheduler, _random, history));
            if (_random.Next(2) == 0) _listeners.Add(new Listener(this, history));
        }
    }

    private void Work()
    {
        // The first stream is posted to all the time, now and then several messages at once, which travel together; the second
        // gets its messages at once, and then nobody touches it.
        _clients[0].Post(messages: 1000, TimeSpan.FromSeconds(0.4), together: _random.Next(1, 6));
        _clients[0].Read(TimeSpan.FromSeconds(0.5));
        _clients[1].Post(messages: _random.Next(1, 4), TimeSpan.FromMilliseconds(10));
    }

    private void Start()
    {
        var node = new Node(this, _scheduler, _network, SiloAddress.New(IPAddress.Loopback, 1000 + _incarnations, ++_incarnations), _broken);
        if (Faults.ClocksJump) node.Time.Error = TimeSpan.FromSeconds(60) * (_random.NextDouble() - 0.5);
        _nodes.Add(node);
        Report(node.Address, SiloStatus.Active);
        node.Membership.Tell(Table.Snapshot);
        node.Start();
    }

    private void Report(SiloAddress silo, SiloStatus status)
    {
        Table.Set(silo, status);
        Tell(silo.Endpoint.Port, $"is {status}, version {Table.Snapshot.Version.Value}");
        foreach (var node in _nodes) Inform(node);
    }

    /// <summary>A silo that was declared dead is told nothing: it looks at the table now and then.</summary>
    private void Inform(Node node) => _scheduler.After((IsDead(node) ? Faults.Refresh : Faults.Gossip) * _random.NextDouble(), () =>
    {
        if (!node.IsCut) node.Do(() => Learn(node));
    });

    private bool IsDead(Node node) => Table.Snapshot.GetSiloStatus(node.Address) == SiloStatus.Dead;

    private void Learn(Node node)
    {
        node.Membership.Tell(Table.Snapshot);
        node.Renew();
        if (_broken.SettlesAtOnce)
            foreach (var silo in Table.Snapshot.Members.Keys)
                node.Settlement.Report(silo, node.View.View.Id, long.MaxValue);
        // A silo that hears of its own death ends, and its host starts another.
        if (IsDead(node) && !node.IsStopping)
            node.After(TimeSpan.FromSeconds(_random.NextDouble()), () => End(node));
    }

    private void Strike()
    {
        if (_isCalm) return;
        _scheduler.After(Faults.Pace * _random.NextDouble(), Strike);
        if (AreCopiesWhole) _failed.Clear();
        var node = _nodes[_random.Next(_nodes.Count)];
        switch (_random.Next(9))
        {
            case 0 when MayFail(node):
                Suspect(node);
                End(node);
                break;
            case 1 when MayFail(node):
                Suspect(node);
                node.IsCut = true;
                Tell(node, "is cut off");
                _scheduler.After(TimeSpan.FromSeconds(6 * _random.NextDouble()), () => Heal(node));
                break;
            case 2 when MayFail(node):
                Suspect(node);
                node.Pause();
                Tell(node, "is paused");
                _scheduler.After(TimeSpan.FromSeconds(6 * _random.NextDouble()), () =>
                {
                    node.Resume();
                    Tell(node, "goes on");
                });
                break;
            case 3 when MayFail(node):
                Report(node.Address, SiloStatus.Dead); // by mistake
                break;
            case 4 or 5 when !node.IsStopping && _nodes.Count(other => !other.IsStopping) > Faults.Copies && !_failed.Contains(node):
                _ = StopAsync(node);
                break;
            case 6 when _nodes.Count < 6:
                Start();
                break;
            case 7 when Faults.ClocksJump:
                node.Time.Error = TimeSpan.FromSeconds(120) * (_random.NextDouble() - 0.5);
                break;
            case 8 when Faults.Forgets && _nodes.TrueForAll(other => other.HasSettled):
                Tell("", "the directory forgets");
                Directory.Forget(Histories[_random.Next(Histories.Count)].Stream);
                break;
        }
    }

    /// <summary>Whether the copies tolerate that this silo fails too; if so, it counts as failed.</summary>
    private bool MayFail(Node node)
    {
        if (_failed.Contains(node) || node.IsStopping || _failed.Count >= Faults.Copies - 1) return false;
        if (_failed.Count == 0 && !AreCopiesWhole) return false;
        // Those that are about to leave have handed over what they held: without them there may be fewer silos than copies.
        if (_nodes.Count(other => !_failed.Contains(other) && !other.IsStopping) <= Faults.Copies) return false;
        return _failed.Add(node);
    }

    /// <summary>The others declare a silo dead unless it can be reached by then.</summary>
    private void Suspect(Node node) => _scheduler.After(Faults.Detection * (0.3 + (0.7 * _random.NextDouble())), () =>
    {
        if (node.IsGone || node.IsCut || node.IsPaused) Report(node.Address, SiloStatus.Dead);
    });

    private void Heal(Node node)
    {
        node.IsCut = false;
        Tell(node, "is reached again");
        Inform(node);
    }

    private async Task StopAsync(Node node)
    {
        Tell(node, "is asked to stop");
        if (_broken.LeavesAtOnce) Report(node.Address, SiloStatus.Dead);
        else await node.StopAsync(handsOver: true, status => Report(node.Address, status));
        End(node);
    }

    /// <summary>The process is gone, and after a while its host starts another.</summary>
    private void End(Node node)
    {
        if (!_nodes.Remove(node)) return;
        node.End();
        Tell(node, "has ended");
        _scheduler.After(TimeSpan.FromSeconds(_isCalm ? 0 : 3 * _random.NextDouble()), () =>
        {
            if (_nodes.Count < Faults.Silos) Start();
        });
    }

    private void Mend()
    {
        _isCalm = true;
        Tell("", "all is mended");
        Faults = Faults.None with { Silos = Faults.Silos, Copies = Faults.Copies };
        foreach (var node in _nodes.ToList())
        {
            node.Resume();
            Heal(node);
        }
    }

    private void Observe()
    {
        foreach (var listener in _listeners)
        {
            if (AnyNode() is { } node) listener.Connect(node);
            listener.Listen();
        }
    }

    /// <summary>Reads every stream at every node.</summary>
    private void Check()
    {
        foreach (var client in _clients) client.End();
        foreach (var node in _nodes) Tell(node, node.Describe());
        _asked = _nodes.Count;
        foreach (var node in _nodes.ToList())
            foreach (var history in Histories)
                node.Do(() => _ = CheckAsync(node, history));
    }

    private static async Task CheckAsync(Node node, History history)
    {
        try
        {
            var expected = history.Expected;
            history.See(await node.Broker.ReadAsync(Client.WholePage(history)), expected);
            history.Checks++;
        }
        catch (StreamRefusedException refused)
        {
            history.Fail($"can't be read in the end: {refused.Refusal}");
        }
    }

    private string? CheckListeners() => Histories.Where(history => history.Checks < _asked)
        .Select(history => $"{history.Stream}: {history.Checks} of {_asked} pages came in the end").FirstOrDefault()
        ?? _listeners.Select(listener => listener.Missing).FirstOrDefault(missing => missing is not null);
}
