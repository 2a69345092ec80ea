namespace Malten.Testing.Nodes;

/// <summary>Some nodes that know each other as seeds.</summary>
public sealed class ProcessCluster : IDisposable
{
    private const int SiloPort = 11111;
    private const int HttpPort = 9090;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly IReadOnlyList<Node> _seeds;
    private readonly string _addresses;

    private readonly Queue<(string Name, string Address)>? _spareHosts;

    private ProcessCluster(IReadOnlyList<Node> seeds, string addresses, Queue<(string Name, string Address)>? spareHosts = null) =>
        (Nodes, _seeds, _addresses, _spareHosts) = (seeds, seeds, addresses, spareHosts);

    /// <summary>All of them; another list when one is added.</summary>
    public IReadOnlyList<Node> Nodes { get; private set; }

    /// <summary>The last lines of all nodes' output.</summary>
    public string Logs => string.Join('\n', Nodes.Select(node => $"--- node {node.Index}\n{node.Log}"));

    /// <summary>Nodes on this host, at free ports of loopback, with more settings as on the command line.</summary>
    public static ProcessCluster OnLoopback(int count, params string[] more)
    {
        var ports = Ports(count);
        var seeds = string.Join(',', ports.Select(port => $"127.0.0.1:{port.Silo}"));
        var nodes = ports.Select((port, index) => new Node(index, "127.0.0.1", port.Silo, port.Http, seeds, null, more));
        return new ProcessCluster([.. nodes], seeds);
    }

    /// <summary>Nodes on hosts of their own; <paramref name="spare"/> hosts are left for nodes that are added.</summary>
    public static ProcessCluster On(TestNetwork network, int spare = 0)
    {
        var hosts = network.Hosts.SkipLast(spare).ToList();
        var seeds = string.Join(',', hosts.Select(host => $"{host.Address}:{SiloPort}"));
        var nodes = hosts.Select((host, index) => new Node(index, host.Address, SiloPort, HttpPort, seeds, host.Name));
        return new ProcessCluster([.. nodes], seeds, new(network.Hosts.TakeLast(spare)));
    }

    /// <summary>Starts one more node, which is no seed, on loopback or a spare host, and returns when it serves.</summary>
    public async Task<Node> AddAsync(HttpClient http, params string[] more)
    {
        Node node;
        if (_spareHosts is null)
        {
            var (silo, port) = Ports(1)[0];
            node = new Node(Nodes.Count, "127.0.0.1", silo, port, _addresses, null, more);
        }
        else
        {
            var (name, address) = _spareHosts.Dequeue();
            node = new Node(Nodes.Count, address, SiloPort, HttpPort, _addresses, name, more);
        }

        Nodes = [.. Nodes, node]; // whoever goes through the nodes now goes on with those
        node.Start();
        await node.WaitUntilReadyAsync(http, Patience);
        return node;
    }

    /// <summary>Starts the seeds that do not run, stops the nodes that were added, and returns when all seeds serve.</summary>
    public async Task StartAsync(HttpClient http)
    {
        var added = Nodes.Except(_seeds).ToList();
        await Task.WhenAll(added.Where(node => node.IsRunning).Select(node => node.StopAsync()));
        foreach (var node in added) node.Dispose();
        Nodes = _seeds;
        foreach (var node in _seeds.Where(node => !node.IsRunning)) node.Start();
        foreach (var node in _seeds) await node.WaitUntilReadyAsync(http, Patience);
    }

    public void Dispose()
    {
        foreach (var node in Nodes) node.Dispose();
    }

    /// <summary>Each silo takes three ports in a row, and HTTP another.</summary>
    private static List<(int Silo, int Http)> Ports(int count) =>
        [.. FreePorts.Find(count, 4).Select(port => (port, port + 3))];
}
